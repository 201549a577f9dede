// SPDX-License-Identifier: MIT
#include <lark/fake/accounts_service.hpp>

#include "model.hpp"

namespace lark::fake {

accounts_service::accounts_service(service_options options) : model_(std::make_unique<model>(std::move(options))) {}
accounts_service::accounts_service(accounts_service&& other) noexcept = default;
accounts_service& accounts_service::operator=(accounts_service&& other) noexcept = default;
accounts_service::~accounts_service() = default;

service_reply accounts_service::handle(host_role host, const http_request& request, time_point now) {
    return model_->handle(host, request, now);
}

service_reply accounts_service::handle_form(host_role host, std::string_view form, time_point now) {
    return model_->handle_form(host, form, now);
}

bool accounts_service::open(std::string_view user_code, time_point now) { return model_->open(user_code, now); }

bool accounts_service::approve(std::string_view user_code, time_point now) {
    return model_->decide(user_code, code_state::approved, now);
}

bool accounts_service::approve_update(std::string_view user_code, std::string_view client_id, time_point now) {
    return model_->approve_update(user_code, client_id, now);
}

bool accounts_service::add_scopes(std::string_view user_code, const registration::addon_groups& scopes,
                                  time_point now) {
    return model_->add_scopes(user_code, scopes, now);
}

bool accounts_service::knows_app(std::string_view client_id) const noexcept { return model_->knows_app(client_id); }

bool accounts_service::deny(std::string_view user_code, time_point now) {
    return model_->decide(user_code, code_state::denied, now);
}

bool accounts_service::expire(std::string_view user_code, time_point now) { return model_->expire(user_code, now); }

std::size_t accounts_service::approve_all(time_point now) { return model_->decide_all(code_state::approved, now); }
std::size_t accounts_service::deny_all(time_point now) { return model_->decide_all(code_state::denied, now); }
std::size_t accounts_service::expire_all(time_point now) { return model_->expire_all(now); }

void accounts_service::add_fault(fault f) { model_->faults().push_back(std::move(f)); }
void accounts_service::clear_faults() noexcept { model_->faults().clear(); }

std::size_t accounts_service::faults_left() const noexcept {
    std::size_t left = 0;
    for (const auto& f : model_->faults())
        if (!f.until) left += f.replies;
    return left;
}

void accounts_service::add_app(known_app app) { model_->open_platform().add_app(std::move(app)); }
void accounts_service::on(std::string method, std::string path, api_handler handler) {
    model_->open_platform().add_handler(std::move(method), std::move(path), std::move(handler));
}
std::size_t accounts_service::expire_tokens(time_point now) { return model_->open_platform().expire_tokens(now); }
std::vector<sent_message> accounts_service::messages() const {
    const auto& all = model_->open_platform().messages();
    return {all.begin(), all.end()};
}

std::vector<code_info> accounts_service::codes(time_point now) const { return model_->describe_all(now); }

std::optional<code_info> accounts_service::find(std::string_view user_code, time_point now) const {
    return model_->describe(user_code, now);
}

const request_counters& accounts_service::counters() const noexcept { return model_->counters(); }
service_options& accounts_service::options() noexcept { return model_->options(); }
const service_options& accounts_service::options() const noexcept { return model_->options(); }

}  // namespace lark::fake
