// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/api_handler.hpp>
#include <lark/fake/service_records.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lark::fake {

/// A small honest model of the accounts service (protocol.md, sections 1 to 4): it hands out codes with a lifetime,
/// holds clients to its interval with `slow_down`, and lets any holder of the user code approve or deny.
///
/// Pure: it reads no clock and does no I/O. Every call takes the time, on a clock of the caller's choice; ids come from
/// `service_options::random`, so that the same calls get the same replies.
///
/// The `slow_down` rule: a poll that comes sooner after the code's previous poll at that host than the interval is
/// answered so in place of `authorization_pending`, and nowhere else; the interval of that code is 5 s longer from then
/// on. The first poll at a host is never early, so a client that moves to the Lark host may poll there at once.
///
/// The Lark rule: a code whose user is on Lark stays pending at the Feishu host, whose replies carry `user_info` as
/// soon as the user has opened the link or decided; credentials come at the Lark host only.
///
/// The open hosts are modelled for a fresh app (protocol.md, section 6): its token, its bot info, its scopes, and
/// `POST /open-apis/im/v1/messages` to the user who registered it, each with the codes of the real service for a wrong
/// secret (10014), a wrong host (1000040351), a token that is not good (99991663), a scope that is missing (99991672)
/// and a bot that is not enabled (230006).
/// Any other path under `/open-apis/` is answered by the handler that `on` was given for it, else by HTTP 404. An app
/// is known there from the poll that hands out its credentials on.
///
/// Threads: one at a time. Throws `std::bad_alloc`, and what `service_options::random` throws.
class LARK_EXPORT accounts_service final : public responder {
public:
    explicit accounts_service(service_options options = {});         ///< no codes yet
    accounts_service(accounts_service&& other) noexcept;             ///< `other` can be assigned or destroyed only
    accounts_service& operator=(accounts_service&& other) noexcept;  ///< the same
    accounts_service(const accounts_service&) = delete;
    accounts_service& operator=(const accounts_service&) = delete;
    ~accounts_service() override;

    /// Answers a request as the service would at `now`. Method, path and content type count; which of the two hosts was
    /// asked is the caller's word, the host of the URL does not matter.
    [[nodiscard]] service_reply handle(host_role host, const http_request& request, time_point now) override;

    /// The same for a form that is known to have come rightly.
    [[nodiscard]] service_reply handle_form(host_role host, std::string_view form, time_point now);

    /// The user opens the link: from now on the service knows the brand of the tenant. False if there is no such code.
    bool open(std::string_view user_code, time_point now);

    /// The user says yes. True if the code was pending, and is approved now.
    bool approve(std::string_view user_code, time_point now);
    /// The user says yes, and that it shall be an app which this service has made before: its credentials are what the
    /// code brings. True if the code was pending and there is such an app.
    bool approve_update(std::string_view user_code, std::string_view client_id, time_point now);
    /// The app of this code is to have these scopes too, as if the user had approved a link that asks for them. False
    /// if there is no such code, or its credentials have been handed out.
    bool add_scopes(std::string_view user_code, const registration::addon_groups& scopes, time_point now);
    /// The user says no. True if the code was pending, and is denied now.
    bool deny(std::string_view user_code, time_point now);
    /// The code's lifetime ends early, whatever was decided. False if it was over already or never was.
    bool expire(std::string_view user_code, time_point now);

    /// The same for every code; returns how many it changed.
    std::size_t approve_all(time_point now);
    std::size_t deny_all(time_point now);    ///< as `deny`
    std::size_t expire_all(time_point now);  ///< as `expire`

    /// Makes later requests go wrong; faults take effect in the order in which they were added. One with `replies` 0
    /// and without `until` is ignored.
    void add_fault(fault f);
    void clear_faults() noexcept;  ///< forgets those that have not struck
    /// How many replies are still to be spoilt; those with `fault::until` are not counted.
    [[nodiscard]] std::size_t faults_left() const noexcept;

    /// Makes an app known to the open hosts that was not registered here. One of the same id is replaced.
    void add_app(known_app app);
    /// Answers calls of this method and path by `handler`, whenever their token is good; the model answers the others
    /// as it answers its own. A segment `:name` in the path stands for any that is not empty:
    /// `/open-apis/contact/v3/users/:user_id`. Takes the place of an earlier handler of the same method and path, and
    /// of what the model knows, but for the token itself.
    ///
    /// It runs within `handle`, and what it throws comes out there. In a `sandbox` it runs on that one's thread, where
    /// requests wait for it: it must not call the sandbox, and must not throw.
    ///
    /// Throws `std::invalid_argument` for a path that does not begin with `/open-apis/`, and without a handler.
    void on(std::string method, std::string path, api_handler handler);

    /// No token that was issued is good any more. Returns how many were.
    std::size_t expire_tokens(time_point now);
    /// The messages of the apps, oldest first; the last 1,000.
    [[nodiscard]] std::vector<sent_message> messages() const;

    /// The state of each code, oldest code first. The oldest are forgotten when there are more than 100,000.
    [[nodiscard]] std::vector<code_info> codes(time_point now) const;
    [[nodiscard]] std::optional<code_info> find(std::string_view user_code, time_point now) const;  ///< if there is one

    /// True if an app of that id has been approved here.
    [[nodiscard]] bool knows_app(std::string_view client_id) const noexcept;

    [[nodiscard]] const request_counters& counters() const noexcept;  ///< since it was made

    /// Changes apply to what comes after; a code keeps the lifetime, interval and brand it was born with.
    [[nodiscard]] service_options& options() noexcept;
    [[nodiscard]] const service_options& options() const noexcept;  ///< as they are now

private:
    class model;
    std::unique_ptr<model> model_;
};

}  // namespace lark::fake
