// SPDX-License-Identifier: MIT
#pragma once

#include "texts.hpp"
#include "view.hpp"

#include <string>
#include <string_view>

namespace lark_register {

/// One JSON object a line on standard output, in ASCII, each written at once and with its time. Warnings are lines on standard error.
class json_view final : public view {
public:
    explicit json_view(const texts& words) : texts_(words) {}

    void ready() override;
    void qr_code(const lark::registration::qr_code& qr) override;
    void note(std::string_view text) override;
    void warning(std::string_view text) override;
    void status(const lark::registration::status_change& change) override;
    void exchange(const lark::registration::trace_event& event) override;
    void result(const lark::registration::app& app) override;
    void saved(std::string_view file) override;
    void checked(const lark::open_platform::bot_info& info, std::string_view console) override;
    void scopes(const lark::registration::addon_groups& missing, std::string_view console) override;
    void scopes_unknown(const lark::api_error& error, std::string_view console) override;
    void check_failed(const std::exception& error) override;
    void pending(const lark::registration::public_view& seen, std::string_view file) override;
    void failure(const lark::register_app_error& error) override;
    void error(std::string_view type, std::string_view description) override;

private:
    const texts& texts_;  // of what stands on standard error
};

/// `text` as a JSON string in ASCII: whatever a terminal might take for a command is escaped.
[[nodiscard]] std::string to_json_string(std::string_view text);

}  // namespace lark_register
