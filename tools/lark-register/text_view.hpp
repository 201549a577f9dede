#pragma once

#include "settings.hpp"
#include "status_line.hpp"
#include "terminal.hpp"
#include "texts.hpp"
#include "view.hpp"

#include <string>

namespace lark_register {

/// For people: everything on standard error, but for the result, which goes to standard output alone.
class text_view final : public view {
public:
    text_view(const settings& s, const texts& words);

    void ready() override;
    void qr_code(const lark::registration::qr_code& qr) override;
    void note(std::string_view text) override;
    void status(const lark::registration::status_change& change) override;
    void result(const lark::registration::app& app) override;
    void saved(std::string_view file) override;
    void checked(const lark::open_platform::bot_info& info, std::string_view console) override;
    void check_failed(const lark::api_error& error) override;
    void failure(const lark::register_app_error& error) override;
    void error(std::string_view type, std::string_view description) override;

private:
    /// The code as text, or an empty text with `complaint` saying why there is none.
    [[nodiscard]] std::string draw_code(const std::string& url, std::string& complaint) const;
    [[nodiscard]] std::string bold(std::string_view text) const;
    void print(std::string_view text) const;
    void clear_code();

    const settings& settings_;
    const texts& texts_;
    terminal terminal_;
    status_line line_;

    // What stands on the screen, from the heading of the code on, so that the code can be taken away again.
    std::string link_block_;
    std::string shown_;
    int shown_columns_ = 0;
};

/// What a failure with this code asks of the person, or an empty text.
[[nodiscard]] std::string_view hint(const texts& words, const lark::registration::failure& f) noexcept;

}  // namespace lark_register
