// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/invalid_option.hpp>
#include <lark/registration/addons.hpp>
#include <lark/registration/brand.hpp>
#include <lark/string_list.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace lark::registration {

/// When the first poll goes out after the link is known.
enum class first_poll {
    at_once,         ///< right after begin, as all official SDKs do
    after_interval,  ///< one interval after begin
};

/// Which link the user gets.
enum class link_style {
    launcher,  ///< the service's own link, or with `link_brand` that brand's `{open}/page/launcher?user_code=…`
    cli_page,  ///< `{open}/page/cli?user_code=…`, which also works for codes minted on the Lark host
};

/// The proposal of the page behind the link for the new app; the user can still change it. `{user}` in a text is filled
/// in by the page with the name of the user who scans. Texts are UTF-8 without NUL.
struct app_preset {
    /// Addresses of pictures to choose from: `.avatar = "https://…"`, or up to 6 in braces. None: the page proposes its
    /// own. Each is not empty and has no control characters; the order is kept. Six long ones make a QR code too large
    /// for a terminal: see `lark::qr`.
    string_list avatar{};
    std::optional<std::string> name{};  ///< not empty
    std::optional<std::string> desc{};  ///< not empty

    friend bool operator==(const app_preset&, const app_preset&) = default;
};

/// The options of a registration. Aggregate: `{.source = "my-tool"}`. Checked by the constructor of `flow`, before any
/// request; a wrong one is reported as `invalid_option` with its name. Members have the names of the official SDKs
/// where these have them.
struct options {
    /// Who registers, shown in the service's statistics: the link carries `source=cpp-sdk/<source>`, without it
    /// `source=cpp-sdk`. Not empty, no control characters, UTF-8, up to 256 bytes.
    std::optional<std::string> source{};

    /// The proposal of the page for the new app: pictures, name, description.
    std::optional<registration::app_preset> app_preset{};

    /// Scopes, events and callbacks that the new app is to have.
    std::optional<registration::addons> addons{};

    /// The page offers to create a new app only, not to take an existing one.
    bool create_only = false;

    /// Update this existing app (App ID, not empty). The page ignores it when `create_only` is set.
    std::optional<std::string> app_id{};

    registration::link_style link_style = registration::link_style::launcher;  ///< which link the user gets

    /// The brand whose open host the link names. With `lark` a code of the Feishu host also works for a user on Lark.
    /// Unset: the service's own link, and Feishu's host for `link_style::cli_page`.
    std::optional<brand> link_brand{};

    /// Accounts service of Feishu, where every registration begins. Scheme and host, optional port, and for a gateway
    /// in front of it a path, which that of the endpoint is appended to; a trailing `/` is tolerated. `https`, or
    /// `http` for a loopback host.
    std::string domain = "https://accounts.feishu.cn";

    /// Accounts service of Lark, where a registration continues once the user turns out to be on Lark. Same form.
    std::string lark_domain = "https://accounts.larksuite.com";

    /// Ask the service first whether it supports `client_secret` (the `init` step). The Python SDK does, the others
    /// skip it.
    bool check_auth_methods = true;

    /// Accept plain `http` for hosts other than loopback too. The device code and the client secret then cross the
    /// network in the open; for test rigs only.
    bool allow_plain_http = false;

    /// For each request, from its hand-out. 1 ms to 10 minutes.
    std::chrono::milliseconds request_timeout{15'000};

    /// For init and begin together, retries included (protocol.md, section 2). 1 ms to 1 hour.
    std::chrono::milliseconds start_budget{30'000};

    /// For the whole call, from its begin or from where it is carried on: when it is over, the registration ends with
    /// code `timeout`, unless it has an outcome by then. A request that is out is abandoned. The code of the user may
    /// live on: a snapshot that was saved can still be carried on. `poll_once` does not look at it. 1 ms to 48 hours.
    std::optional<std::chrono::milliseconds> give_up_after{};

    /// How long a poll that is in flight at expiry may still answer (protocol.md, section 4). 1 ms to 1 minute.
    std::chrono::milliseconds expiry_grace{3'000};

    /// Multiplies the service's interval, for machines whose clock runs fast. 1 to 10.
    double interval_margin = 1.0;

    registration::first_poll first_poll = registration::first_poll::at_once;  ///< when it goes out
};

/// Throws `invalid_option` with all errors, as the entry points do before the first request: for a form that is to show
/// them beside its fields. Links no transport. From any thread.
LARK_EXPORT void check(const options& opts);

}  // namespace lark::registration
