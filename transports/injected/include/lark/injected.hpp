// SPDX-License-Identifier: MIT
#pragma once

/// The seam: what a user's own networking stack implements, and the drivers that run flows over it.
#include <lark/injected/async_client.hpp>
#include <lark/injected/awaiter.hpp>
#include <lark/injected/client.hpp>
#include <lark/injected/client_drain.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/injected/register_app.hpp>
#include <lark/injected/registrar.hpp>
#include <lark/injected/registration_handle.hpp>
#include <lark/injected/shared_loop.hpp>
#include <lark/injected/snapshots.hpp>
