// SPDX-License-Identifier: MIT
#pragma once

#include "command_line.hpp"
#include "status_line.hpp"
#include "terminal.hpp"
#include "texts.hpp"
#include "view.hpp"

#include <lark/time.hpp>

#include <optional>
#include <string>

namespace lark_register {

/// For people: everything on standard error, but for the result, which goes to standard output alone.
class text_view final : public view {
public:
    text_view(const settings& s, const texts& words);

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
    /// The code as text, or an empty text with `complaint` saying why there is none.
    [[nodiscard]] std::string draw_code(const std::string& url, std::string& complaint) const;
    [[nodiscard]] std::string bold(std::string_view text) const;
    void print(std::string_view text) const;
    void clear_code();
    [[nodiscard]] std::string about_the_link(const lark::registration::failure& f) const;

    const settings& settings_;
    const texts& texts_;
    terminal terminal_;
    status_line line_;

    std::optional<lark::time_point> expires_at_;  // of the link, once there is one
    bool at_lark_ = false;                        // the service has moved the registration to Lark's host

    // The text on the screen, from the heading of the code on, so that the code can be erased.
    std::string link_block_;
    std::string shown_;
    int shown_columns_ = 0;
};

/// Advice for a failure with this code, or an empty text.
[[nodiscard]] std::string_view hint(const texts& words, const lark::registration::failure& f) noexcept;

}  // namespace lark_register
