// SPDX-License-Identifier: MIT
#include "tracing.hpp"

#include "option_table.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>

namespace lark_register {

namespace {

/// `https://accounts.feishu.cn`, or nothing if there is more in it than scheme, host and port.
std::string origin_in(std::string_view url) {
    while (url.ends_with('/')) url.remove_suffix(1);
    for (const std::string_view scheme : {"https://", "http://"})
        if (url.starts_with(scheme) && lark::registration::host_name::parse(url.substr(scheme.size())))
            return std::string(url);
    return {};
}

std::string shown_value(const given_option& given) {
    const auto& table = option_table();
    const auto row = std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.name == given.name; });
    if (row == table.end()) return {};
    for (const std::string_view numbers : {"SECONDS", "FACTOR", "PORT", "NUMBER"})
        if (row->value == numbers) return given.value;
    if (row->complete == completion::words) return given.value;
    return row->name.ends_with("domain") ? origin_in(given.value) : std::string{};
}

}  // namespace

std::vector<lark::tools::shown_option> shown_options(const arguments& s) {
    std::vector<lark::tools::shown_option> shown;
    for (const auto& given : s.given) {
        const auto name = given.name.substr(0, given.name.find(','));
        const auto is_known = [&](const auto& option) { return option.name == name; };
        if (std::none_of(shown.begin(), shown.end(), is_known)) shown.push_back({name, shown_value(given)});
    }
    return shown;
}

tracing::tracing(const arguments& s, view& out) : verbose_(s.verbose), out_(out) {
    if (!s.trace_file.empty())
        file_.emplace(s.trace_file, "lark-register", shown_options(s), [&out](auto what) { out.warning(what); });
}

lark::registration::trace_handler tracing::handler() {
    if (!verbose_ && !file_) return {};
    return [this](const lark::registration::trace_event& event) {
        if (file_) file_->add(event, lark::registration::trace_side::client);
        if (!verbose_) return;
        try {
            out_.exchange(event);
        } catch (const std::system_error&) {
            // Standard error has no reader any more.
        }
    };
}

void tracing::end(int exit_status) noexcept {
    if (file_) file_->add_exit(exit_status);
}

}  // namespace lark_register
