// SPDX-License-Identifier: MIT
#pragma once

/// A model of the accounts service for tests and demonstrations: in process on a virtual clock (`http_client`,
/// `event_loop`), or served on loopback over real HTTP or HTTPS (`sandbox`). With `lark::register_app` over any
/// `injected::http_client`, which the first of them is.
#include <lark/fake/accounts_service.hpp>
#include <lark/fake/api_handler.hpp>
#include <lark/fake/event_loop.hpp>
#include <lark/fake/http_client.hpp>
#include <lark/fake/replay.hpp>
#include <lark/fake/sandbox.hpp>
#include <lark/injected/register_app.hpp>
