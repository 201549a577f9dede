// SPDX-License-Identifier: MIT
#pragma once

#include "code_book.hpp"
#include "messages.hpp"
#include "open_model.hpp"

#include <lark/fake/service_records.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/registration/addons.hpp>
#include <lark/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace lark::fake {

/// The accounts hosts (protocol.md, sections 1 to 4): the steps of a registration, and what users decide.
class accounts_model {
public:
    /// All three must outlive it. Apps are made known to `open_platform` when their credentials are handed out.
    accounts_model(const service_options& options, const std::function<std::uint64_t()>& random,
                   open_model& open_platform) noexcept
        : options_(options), random_(random), open_(open_platform) {}

    /// True if `path` is that of the steps of a registration, at either host.
    [[nodiscard]] static bool serves(std::string_view path) noexcept { return path == "/oauth/v1/app/registration"; }

    /// The step that a form asks for; `other` if it asks for none.
    [[nodiscard]] static action action_of(const form_fields& form) noexcept;

    [[nodiscard]] modelled_reply handle(host_role host, const form_fields& form, time_point now);
    /// A request of this form did not get through: if it was a poll, its code shows it.
    void note_lost(host_role host, const form_fields& form, time_point now);

    // See the functions of these names in `accounts_service`.
    bool open(std::string_view user_code, time_point now);
    bool decide(std::string_view user_code, code_state decision, time_point now);
    bool approve_update(std::string_view user_code, std::string_view client_id, time_point now);
    bool add_scopes(std::string_view user_code, const registration::addon_groups& scopes, time_point now);
    bool expire(std::string_view user_code, time_point now);
    std::size_t decide_all(code_state decision, time_point now);
    std::size_t expire_all(time_point now);
    [[nodiscard]] bool knows_app(std::string_view id) const noexcept { return book_.made_app(id) != nullptr; }
    [[nodiscard]] std::vector<code_info> codes(time_point now) const;
    [[nodiscard]] std::optional<code_info> find(std::string_view user_code, time_point now) const;

private:
    modelled_reply init();
    modelled_reply begin(host_role host, const form_fields& form, time_point now);
    modelled_reply poll(host_role host, const form_fields& form, time_point now);
    modelled_reply pending(host_role host, code& c, time_point now);
    modelled_reply credentials(code& c);
    modelled_reply error(std::string_view name, std::string_view description,
                         const std::vector<json_field>& more = {}) const;
    /// The code as it is at `now`, or null.
    code* settled(std::string_view user_code, time_point now) const;

    const service_options& options_;
    const std::function<std::uint64_t()>& random_;
    open_model& open_;
    mutable code_book book_;  // looking at a code lets the time that has passed settle it
};

}  // namespace lark::fake
