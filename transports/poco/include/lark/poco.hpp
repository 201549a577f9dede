#pragma once

/// The transport over Poco's sockets and TLS: register an app with one call.
#include <lark/poco/http_client.hpp>
#include <lark/poco/http_options.hpp>
#include <lark/poco/register_app.hpp>
#include <lark/poco/registration_handle.hpp>
