// SPDX-License-Identifier: MIT
#pragma once

#include <lark/open_platform/bot_info.hpp>
#include <lark/open_platform/errors.hpp>
#include <lark/registration/addons.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/snapshot.hpp>
#include <lark/registration/trace.hpp>

#include <exception>
#include <string_view>

namespace lark_register {

/// Reports one registration to a person or to a program. Called on one thread, in this order.
class view {
public:
    view() = default;
    view(const view&) = delete;
    view& operator=(const view&) = delete;
    virtual ~view() = default;

    virtual void ready() = 0;
    virtual void qr_code(const lark::registration::qr_code& qr) = 0;
    /// An information for people only.
    virtual void note(std::string_view text) = 0;
    /// Something that was asked for failed; the registration goes on.
    virtual void warning(std::string_view text) = 0;
    virtual void status(const lark::registration::status_change& change) = 0;
    /// `--verbose`: a request and its answer, from now to the end.
    virtual void exchange(const lark::registration::trace_event& event) = 0;

    // These follow `result`, if they were asked for.
    virtual void saved(std::string_view file) = 0;
    /// `console` is where the app can be looked after.
    virtual void checked(const lark::open_platform::bot_info& info, std::string_view console) = 0;
    /// The scopes that were asked for and are `missing`, if any; `console` is where they are granted.
    virtual void scopes(const lark::registration::addon_groups& missing, std::string_view console) = 0;
    /// The app lacks the scope to read its scopes.
    virtual void scopes_unknown(const lark::api_error& error, std::string_view console) = 0;
    /// `error` may be a `lark::api_error`.
    virtual void check_failed(const std::exception& error) = 0;

    /// Not decided, and this process carries it on no further; `file` holds the state.
    virtual void pending(const lark::registration::public_view& seen, std::string_view file) = 0;

    // One of these comes last, but for what follows a result.
    virtual void result(const lark::registration::app& app) = 0;
    virtual void failure(const lark::register_app_error& error) = 0;
    /// Anything else: `type` is the kind of error, as a name; `description` may be shown.
    virtual void error(std::string_view type, std::string_view description) = 0;
};

}  // namespace lark_register
