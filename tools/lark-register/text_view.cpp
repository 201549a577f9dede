// SPDX-License-Identifier: MIT
#include "text_view.hpp"

#include "../common/output.hpp"
#include "../common/trace_line.hpp"
#include "status_line.hpp"
#include "terminal.hpp"

#include <lark/injected/http_client.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/qr.hpp>
#include <lark/text.hpp>
#include <lark/time.hpp>

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace lark_register {

namespace {

using lark::printable;
using lark::open_platform::activate_status;
using lark::registration::failure_kind;
using lark::registration::status;
namespace error_code = lark::registration::error_code;

// Lines of the screen that the text takes, where long ones go on in the next.
int screen_lines(std::string_view text, int columns) noexcept {
    int lines = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        lines += std::max(1, (display_width(line) + columns - 1) / columns);
    }
    return lines;
}

std::string_view bot_status(const texts& words, activate_status status) noexcept {
    const auto number = static_cast<std::size_t>(status);
    return number < words.bot_statuses.size() ? words.bot_statuses[number] : words.bot_status_unknown;
}

/// Advice for a failure with this code, or an empty text.
std::string_view hint(const texts& words, const lark::registration::failure& f) noexcept {
    if (f.kind != failure_kind::other) return words.hint_again;
    if (f.code == error_code::network_error) return words.hint_network;
    if (f.code == error_code::timeout) return words.hint_timeout;
    if (f.code == error_code::certificate_error) return words.hint_certificate;
    if (f.code == error_code::http_error || f.code == error_code::invalid_response) return words.hint_reply;
    if (f.code == error_code::unsupported_auth_method) return words.hint_auth_method;
    return {};
}

/// See `make_text_view`.
class text_view final : public view {
public:
    text_view(const arguments& s, const texts& words)
        : settings_(s), texts_(words), terminal_(find_terminal()), line_(terminal_.interactive, words) {}

    void ready() override {
        if (settings_.use_sandbox) print(wrap(texts_.sandbox, find_terminal_size().columns) + "\n\n");
        if (terminal_.interactive) line_.set_state(std::string(texts_.asking));
    }

    void qr_code(const lark::registration::qr_code& qr) override {
        line_.end();
        const auto columns = find_terminal_size().columns;
        std::string reason;
        const auto code = draw_code(qr.url, reason);
        if (!reason.empty()) print(wrap(reason, columns) + "\n");

        link_block_.clear();
        if (code.empty())
            link_block_ += std::string(settings_.use_sandbox ? texts_.sandbox_open_link : texts_.open_link) + "\n";
        link_block_ += "\n" + std::string(texts_.link) + "\n" + qr.url + "\n";
        if (!qr.user_code.empty())
            link_block_ += "\n" + std::string(texts_.user_code) + "\n" + printable(qr.user_code) + "\n";
        if (!qr.verification_uri.empty())
            link_block_ += std::string(texts_.user_code_at) + "\n" + printable(qr.verification_uri) + "\n";
        link_block_ += "\n";

        shown_columns_ = columns;
        shown_.clear();
        if (!code.empty()) {
            const auto heading = wrap(settings_.use_sandbox ? texts_.sandbox_scan : texts_.scan, columns) + "\n";
            print(bold(heading) + "\n" + code);
            shown_ = heading + "\n";
            // The picture's lines are as wide as the code, and hold sequences that take no room: only their number
            // counts.
            shown_.append(static_cast<std::size_t>(std::count(code.begin(), code.end(), '\n')), '\n');
        }
        const auto warning = wrap(texts_.warning, columns) + "\n";
        print(link_block_ + warning);
        shown_ += link_block_ + warning;
        const auto& service = settings_.sandbox.service;
        if (settings_.use_sandbox && (service.approve_after || service.deny_after)) {
            const auto note = wrap(texts_.sandbox_decides, columns) + "\n";
            print(note);
            shown_ += note;
        }

        expires_at_ = lark::saturating_add(lark::injected::boottime_now(), qr.expire_in);
        line_.start(qr.expire_in);
        line_.set_state(std::string(texts_.waiting));
    }

    void note(std::string_view text) override {
        const auto line = wrap(printable(text), find_terminal_size().columns) + "\n";
        line_.print_above(line);
        shown_ += line;
    }

    void warning(std::string_view text) override { note(text); }

    void status(const lark::registration::status_change& change) override {
        const auto seconds = std::to_string(change.interval.count());
        switch (change.status) {
        case status::polling: line_.set_state(std::string(texts_.waiting)); return;
        case status::slow_down: line_.set_state(fill(texts_.slow_down, {seconds})); return;
        case status::domain_switched:
            at_lark_ = true;
            line_.set_state(std::string(texts_.switched));
            return;
        case status::retrying: line_.set_state(fill(texts_.retrying, {seconds, printable(change.reason)})); return;
        }
    }

    void exchange(const lark::registration::trace_event& event) override {
        const auto line = lark::tools::trace_line(event, texts_.trace, lark::registration::trace_side::client) + "\n";
        line_.print_above(line);
    }

    void result(const lark::registration::app& app) override {
        try {
            clear_code();
            print(bold(texts_.done) + "\n");
        } catch (const std::system_error&) {
            // A standard error without a reader must not keep the credentials from standard output.
        }
        auto text =
            "client_id=" + printable(app.client_id) + "\nclient_secret=" + printable(app.client_secret.reveal()) + "\n";
        if (app.user_info) {
            if (app.user_info->open_id) text += "open_id=" + printable(*app.user_info->open_id) + "\n";
            if (app.user_info->tenant_brand) text += "tenant_brand=" + printable(*app.user_info->tenant_brand) + "\n";
        }
        lark::tools::print(STDOUT_FILENO, text);
    }

    void saved(std::string_view file) override { print(fill(texts_.saved, {printable(file)}) + "\n"); }

    void checked(const lark::open_platform::bot_info& info, std::string_view console) override {
        const auto status = bot_status(texts_, info.activate_status);
        lark::tools::print(STDOUT_FILENO, "app_name=" + printable(info.app_name) + "\nactivate_status=" +
                                              std::to_string(static_cast<int>(info.activate_status)) + "\n");
        const auto text = fill(info.enabled() ? texts_.works : texts_.not_enabled, {printable(info.app_name), status});
        print(bold(text) + "\n");
        if (info.enabled()) return;
        const bool for_admin = info.activate_status == activate_status::disabled ||
                               info.activate_status == activate_status::licence_expired ||
                               info.activate_status == activate_status::plan_expired;
        print(fill(for_admin ? texts_.hint_admin : texts_.hint_enable, {printable(console)}) + "\n");
    }

    void scopes(const lark::registration::addon_groups& missing, std::string_view console) override {
        std::string names;
        for (const auto& [side, missed] : {std::pair{"tenant:", &missing.tenant}, {"user:", &missing.user}}) {
            for (const auto& name : *missed)
                names.append(names.empty() ? "" : " ").append(side).append(printable(name));
        }
        if (names.empty()) return print(std::string(texts_.scopes_granted) + "\n");
        lark::tools::print(STDOUT_FILENO, "missing_scopes=" + names + "\n");
        print(bold(fill(texts_.scopes_missing, {names})) + "\n" + fill(texts_.hint_scopes, {printable(console)}) +
              "\n");
    }

    void scopes_unknown(const lark::api_error& error, std::string_view console) override {
        print(fill(texts_.scopes_unknown, {printable(error.what()), printable(console)}) + "\n");
    }

    void check_failed(const std::exception& error) override {
        print(bold(fill(texts_.check_failed, {printable(error.what())})) + "\n");
    }

    void pending(const lark::registration::public_view& seen, std::string_view file) override {
        line_.end();
        print(bold(texts_.pending) + "\n" +
              (seen.last_error.empty() ? std::string{} : fill(texts_.last_error, {printable(seen.last_error)}) + "\n") +
              fill(texts_.carry_on, {printable(file)}) + "\n");
    }

    void failure(const lark::register_app_error& error) override {
        clear_code();
        const auto& f = error.failure();
        const auto description = printable(f.description);
        std::string text;
        if (f.kind == failure_kind::other && f.code != error_code::abort) {
            text = bold(fill(texts_.failed, {printable(f.code), description})) + "\n";
        } else {
            text = bold(f.kind == failure_kind::access_denied ? texts_.denied
                        : f.kind == failure_kind::expired     ? texts_.expired
                                                              : texts_.cancelled) +
                   "\n";
            if (!f.local && !description.empty()) text += fill(texts_.said, {description}) + "\n";
        }
        text += about_the_link(f);
        if (!f.last_error.empty() && f.last_error != f.description)
            text += fill(texts_.last_error, {printable(f.last_error)}) + "\n";
        if (const auto advice = hint(texts_, f); !advice.empty()) text += std::string(advice) + "\n";
        const auto& last = f.last_exchange;
        if (f.code != error_code::abort && !last.request_id.empty())
            text += fill(texts_.request_id, {last.request_id.text(), last.host.text()}) + "\n";
        print(text);
    }

    void error(std::string_view /*type*/, std::string_view description) override {
        clear_code();
        print("lark-register: " + printable(description) + "\n");
    }

private:
    /// The code as text, or an empty text with `reason` saying why there is none.
    [[nodiscard]] std::string draw_code(const std::string& url, std::string& reason) const {
        if (settings_.qr == qr_style::none) return {};
        lark::qr::terminal_options how{
            .half_blocks = settings_.qr == qr_style::blocks || (settings_.qr == qr_style::automatic && terminal_.utf8),
            .colours = terminal_.colours,
            .inverted = settings_.qr_inverted,
        };
        try {
            const lark::qr::code code{url};
            const auto size = find_terminal_size();
            // The standard's quiet zone is spent first, to save lines or columns: phones read codes with less from a
            // screen.
            while (how.quiet_zone > 1 &&
                   (terminal_columns(code, how) > size.columns || terminal_lines(code, how) > size.lines))
                --how.quiet_zone;
            const auto needed = terminal_columns(code, how);
            if (needed <= size.columns) return to_terminal(code, how);
            reason = fill(texts_.too_narrow, {std::to_string(needed), std::to_string(size.columns)});
        } catch (const lark::qr::text_too_long& e) {
            reason = fill(texts_.too_long, {std::to_string(e.bytes())});
        }
        return {};
    }

    /// The lines about the link that follow this failure.
    [[nodiscard]] std::string about_the_link(const lark::registration::failure& f) const {
        if (!expires_at_ || f.kind == failure_kind::access_denied) return {};
        const bool can_be_carried_on = !settings_.state_file.empty() || !settings_.resume_file.empty();
        if (can_be_carried_on && f.code == error_code::abort) return {};  // how to is said next
        // The switch follows an approval that the first host has seen.
        if (at_lark_) {
            const auto text = fill(texts_.maybe_registered, {lark::open_platform::lark_domain});
            return wrap(text, find_terminal_size().columns) + "\n";
        }
        if (!f.local || f.kind == failure_kind::expired || lark::injected::boottime_now() >= *expires_at_) return {};
        return wrap(texts_.link_still_works, find_terminal_size().columns) + "\n";
    }

    [[nodiscard]] std::string bold(std::string_view text) const {
        return terminal_.colours ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
    }

    void print(std::string_view text) const { lark::tools::print(STDERR_FILENO, text); }

    // The code has served, and a screen is often shared. Link and user code stay, to be looked up.
    void clear_code() {
        line_.end();
        // The lines of --verbose stand below the code, and stay.
        if (shown_.empty() || !terminal_.interactive || settings_.verbose) return;
        const auto size = find_terminal_size();
        // A window that was made narrower has wrapped the lines again; only the terminal knows into how many.
        if (size.columns >= shown_columns_) {
            const auto up = std::min(screen_lines(shown_, shown_columns_), size.lines - 1);
            print("\r\x1b[" + std::to_string(up) + "A\x1b[J" + link_block_);
        }
        shown_.clear();
    }

    const arguments& settings_;
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

}  // namespace

std::unique_ptr<view> make_text_view(const arguments& s, const texts& words) {
    return std::make_unique<text_view>(s, words);
}

}  // namespace lark_register
