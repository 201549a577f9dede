// SPDX-License-Identifier: MIT
#pragma once

/// The transport over Poco's sockets and TLS: register an app with one call, and make API calls with its credentials.
#include <lark/injected/awaiter.hpp>
#include <lark/poco/client.hpp>
#include <lark/poco/event_loop.hpp>
#include <lark/poco/http_client.hpp>
#include <lark/poco/http_options.hpp>
#include <lark/poco/register_app.hpp>
#include <lark/poco/registrar.hpp>
#include <lark/poco/snapshots.hpp>
