// SPDX-License-Identifier: MIT
#pragma once

#include "answer.hpp"
#include "code_book.hpp"
#include "form.hpp"
#include "open_model.hpp"

#include <lark/fake/accounts_service.hpp>

namespace lark::fake {

/// Where the steps of a registration are posted, at either host.
constexpr std::string_view registration_path = "/oauth/v1/app/registration";

/// The workings of `accounts_service`.
class accounts_service::model {
public:
    explicit model(service_options options);

    service_reply handle(host_role host, const http_request& request, time_point now);
    service_reply handle_form(host_role host, std::string_view form, time_point now);

    bool open(std::string_view user_code, time_point now);
    bool decide(std::string_view user_code, code_state decision, time_point now);
    bool approve_update(std::string_view user_code, std::string_view client_id, time_point now);
    bool add_scopes(std::string_view user_code, const registration::addon_groups& scopes, time_point now);
    bool knows_app(std::string_view client_id) const noexcept { return book_.made_app(client_id) != nullptr; }
    bool expire(std::string_view user_code, time_point now);
    std::size_t decide_all(code_state decision, time_point now);
    std::size_t expire_all(time_point now);

    std::vector<code_info> describe_all(time_point now) const;
    std::optional<code_info> describe(std::string_view user_code, time_point now) const;

    std::deque<fault>& faults() noexcept { return faults_; }
    const std::deque<fault>& faults() const noexcept { return faults_; }
    const request_counters& counters() const noexcept { return counters_; }
    service_options& options() noexcept { return options_; }
    open_model& open_platform() noexcept { return open_; }

private:
    /// `lost` is called instead of `process` if a fault keeps the request from the model.
    service_reply reply_to(host_role host, action what, time_point now, const std::function<answer()>& process,
                           const std::function<void()>& lost);
    answer process(host_role host, action what, const form_fields& form, time_point now);
    answer init();
    answer begin(host_role host, const form_fields& form, time_point now);
    answer poll(host_role host, const form_fields& form, time_point now);
    answer pending(host_role host, code& c, time_point now);
    answer credentials(code& c);
    answer error(std::string_view name, std::string_view description, const std::vector<json_field>& more = {}) const;
    std::optional<fault> take_fault(host_role host, action what, time_point now);
    static void note_poll(code& c, host_role host, time_point now, std::string word);

    service_options options_;
    std::function<std::uint64_t()> random_;
    request_counters counters_;
    std::deque<fault> faults_;
    open_model open_;
    mutable code_book book_;  // looking at a code lets the time that has passed settle it
};

}  // namespace lark::fake
