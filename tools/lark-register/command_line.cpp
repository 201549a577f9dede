// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include "option_table.hpp"
#include "usage_error.hpp"

#include <lark/invalid_option.hpp>
#include <lark/open_platform/options.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace lark_register {

namespace {

void apply(const option_row& row, arguments& out, const std::string& value) {
    try {
        row.apply(out, value);
        out.given.push_back({std::string(row.name), value});
    } catch (const usage_error& e) {
        throw e.about(row.name);
    } catch (const lark::registration::invalid_option& e) {
        throw usage_error(std::string(row.name) + ": " + e.what());
    }
}

const option_row* find_row(std::string_view name) noexcept {
    for (const auto& row : option_table()) {
        if (name == row.long_name() || (!name.empty() && name == row.short_name())) return &row;
    }
    return nullptr;
}

/// The arguments with each `--name=VALUE` as two. The parser itself takes an empty VALUE for a missing one, and the
/// next option for the value: `--source= --sandbox` would go to the real service. The name of an option is not a value,
/// unless an equals sign says so.
std::vector<std::string> split_arguments(int argc, const char* const* argv) {
    std::vector<std::string> out;
    std::set<const option_row*> given;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const auto equals = argument.find('=');
        const auto* row = find_row(argument.substr(0, equals));
        if (!row || row->value.empty()) {
            out.emplace_back(argument);
            continue;
        }
        if (!row->repeatable && !given.insert(row).second) throw usage_error(&texts::given_twice, {row->name});
        out.emplace_back(row->name);
        if (equals != std::string_view::npos) {
            out.emplace_back(argument.substr(equals + 1));
        } else {  // at the end, the name itself stands for the value that is missing
            const std::string_view next = i + 1 < argc ? argv[i + 1] : row->name;
            if (find_row(next.substr(0, next.find('=')))) throw usage_error(&texts::needs_value, {row->name});
            out.emplace_back(argv[++i]);
        }
    }
    return out;
}

void check_together(const arguments& s, const CLI::App& app) {
    for (const auto& row : option_table()) {
        if (row.group == option_group::sandbox && app.count(std::string(row.name)) > 0 && !s.use_sandbox)
            throw usage_error(&texts::needs, {row.name, "--sandbox"});
    }
    for (const char* name : {"--domain", "--lark-domain"}) {
        if (s.use_sandbox && app.count(name) > 0) throw usage_error(&texts::exclude, {name, "--sandbox"});
    }
    if (app.count("--approve-after") > 0 && app.count("--deny-after") > 0)
        throw usage_error(&texts::exclude, {"--approve-after", "--deny-after"});
    if (s.no_wait && s.state_file.empty()) throw usage_error(&texts::needs, {"--no-wait", "--state"});
    if (s.once && s.resume_file.empty()) throw usage_error(&texts::needs, {"--once", "--resume"});
    if (!s.state_file.empty() && !s.resume_file.empty()) throw usage_error(&texts::exclude, {"--state", "--resume"});
    // The sandbox of this process ends with it.
    if (s.use_sandbox && s.no_wait) throw usage_error(&texts::exclude, {"--no-wait", "--sandbox"});
    if (s.use_sandbox && !s.resume_file.empty()) throw usage_error(&texts::exclude, {"--resume", "--sandbox"});
    if (s.force && s.save_file.empty()) throw usage_error(&texts::needs, {"--force", "--save"});
    if (!s.open_domain.empty() && !s.check && s.save_file.empty())
        throw usage_error(&texts::needs_either, {"--open-domain", "--check", "--save"});
    if (!s.open_domain.empty()) {
        try {
            lark::open_platform::check({.domain = s.open_domain, .allow_plain_http = s.registration.allow_plain_http});
        } catch (const lark::registration::invalid_option& e) {
            throw usage_error(in_terms_of_options(e, "--open-domain"));
        }
    }
    const bool preview = s.instead == other_task::link_preview;
    if (preview && s.verification_uri.empty()) throw usage_error(&texts::needs, {"--dry-run", "--verification-uri"});
    for (const char* name : {"--verification-uri", "--user-code"}) {
        if (s.instead == other_task::none && app.count(name) > 0) throw usage_error(&texts::needs, {name, "--dry-run"});
    }
}

}  // namespace

language spoken_language(int argc, const char* const* argv) noexcept {
    constexpr std::string_view name = "--lang";
    auto spoken = language::automatic;
    for (int i = 1; i < argc; ++i) {
        std::string_view value = argv[i];
        if (value == name && i + 1 < argc) {
            value = argv[i + 1];
        } else if (value.starts_with("--lang=")) {
            value.remove_prefix(name.size() + 1);
        } else {
            continue;
        }
        if (value == "en") spoken = language::english;
        if (value == "zh") spoken = language::chinese;
    }
    return spoken;
}

arguments parse_command_line(int argc, const char* const* argv) {
    arguments out;
    CLI::App app;
    app.set_help_flag();  // the table has its own
    for (const auto& row : option_table()) {
        const std::string name{row.name};
        if (row.value.empty()) {
            app.add_flag_callback(name, [&row, &out] { apply(row, out, {}); });
        } else if (row.repeatable) {
            app.add_option_function<std::vector<std::string>>(name,
                                                              [&row, &out](const std::vector<std::string>& values) {
                                                                  for (const auto& value : values)
                                                                      apply(row, out, value);
                                                              })
                ->allow_extra_args(false);
        } else {
            app.add_option_function<std::string>(name,
                                                 [&row, &out](const std::string& value) { apply(row, out, value); });
        }
    }
    auto words = split_arguments(argc, argv);
    std::reverse(words.begin(), words.end());  // as the parser wants them
    try {
        app.parse(words);
    } catch (const CLI::ExtrasError&) {
        throw usage_error(&texts::not_expected, {app.remaining().front()});
    } catch (const CLI::ParseError& e) {
        throw usage_error(e.what());
    }
    check_together(out, app);
    return out;
}

}  // namespace lark_register
