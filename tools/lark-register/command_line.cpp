#include "command_line.hpp"

#include "option_table.hpp"

#include <lark/open_platform/options.hpp>
#include <lark/registration/invalid_option.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string>
#include <vector>

namespace lark_register {

namespace {

void apply(const option_row& row, settings& out, const std::string& value) {
    try {
        row.apply(out, value);
    } catch (const usage_error& e) {
        throw usage_error(std::string(row.name) + ": " + e.what());
    } catch (const lark::registration::invalid_option& e) {
        throw usage_error(std::string(row.name) + ": " + e.what());
    }
}

void check_together(const settings& s, const CLI::App& app) {
    for (const auto& row : option_table()) {
        if (row.group == option_group::sandbox && app.count(std::string(row.name)) > 0 && !s.use_sandbox)
            throw usage_error(std::string(row.name) + " needs --sandbox");
    }
    for (const char* name : {"--domain", "--lark-domain"}) {
        if (s.use_sandbox && app.count(name) > 0) throw usage_error(std::string(name) + " and --sandbox exclude each other");
    }
    if (s.force && s.save_file.empty()) throw usage_error("--force needs --save");
    if (!s.open_domain.empty() && !s.check && s.save_file.empty()) throw usage_error("--open-domain needs --check or --save");
    if (!s.open_domain.empty()) {
        try {
            lark::open_platform::check({.domain = s.open_domain, .allow_plain_http = s.registration.allow_plain_http});
        } catch (const lark::registration::invalid_option& e) {
            throw usage_error(std::string("--open-domain: ") + e.what());
        }
    }
    const bool preview = s.instead == other_task::link_preview;
    if (preview && s.verification_uri.empty()) throw usage_error("--dry-run needs --verification-uri");
    if (s.instead == other_task::none && (app.count("--verification-uri") > 0 || app.count("--user-code") > 0))
        throw usage_error("--verification-uri and --user-code need --dry-run");
}

}  // namespace

settings parse_command_line(int argc, const char* const* argv) {
    settings out;
    CLI::App app;
    app.set_help_flag();  // the table has its own
    for (const auto& row : option_table()) {
        const std::string name{row.name};
        if (row.value.empty()) {
            app.add_flag_callback(name, [&row, &out] { apply(row, out, {}); });
        } else if (row.repeatable) {
            app.add_option_function<std::vector<std::string>>(name, [&row, &out](const std::vector<std::string>& values) {
                   for (const auto& value : values) apply(row, out, value);
               })->allow_extra_args(false);
        } else {
            app.add_option_function<std::string>(name, [&row, &out](const std::string& value) { apply(row, out, value); });
        }
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        throw usage_error(e.what());
    }
    check_together(out, app);
    return out;
}

}  // namespace lark_register
