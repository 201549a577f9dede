// SPDX-License-Identifier: MIT
#include "../common/output.hpp"
#include "command_line.hpp"
#include "help.hpp"
#include "register.hpp"
#include "texts.hpp"
#include "usage_error.hpp"

#include <lark/registration/link.hpp>
#include <lark/version.hpp>

#include <unistd.h>

#include <string>

namespace {

using namespace lark_register;

int print(std::string_view text) {
    lark::tools::print(STDOUT_FILENO, text);
    return exit_done;
}

int complain(const texts& words, std::string_view what) {
    lark::tools::try_to_print(
        STDERR_FILENO, "lark-register: " + std::string(what) + "\n" + fill(words.try_help, {"lark-register"}) + "\n");
    return exit_usage;
}

int preview_link(const arguments& s, const texts& words) {
    try {
        return print(lark::registration::preview_link(s.registration, s.verification_uri, s.user_code) + "\n");
    } catch (const lark::registration::invalid_option& e) {
        return complain(words, in_terms_of_options(e));
    }
}

int run(const arguments& s, bool has_output) {
    const auto& words = choose_texts(s.lang);
    // With a file for the credentials, there is a place for the result.
    if (!has_output && (s.instead != other_task::none || s.save_file.empty())) {
        auto text = "lark-register: " + std::string(words.output_closed) + "\n";
        if (s.instead == other_task::none) text += std::string(words.hint_save) + "\n";
        lark::tools::try_to_print(STDERR_FILENO, text);
        return exit_failed;
    }
    switch (s.instead) {
    case other_task::none: return run_registration(s, words);
    case other_task::help: return print(help_text(words));
    case other_task::version: return print("lark-register " LARK_VERSION_STRING "\n");
    case other_task::manual: return print(manual_page());
    case other_task::bash_completion: return print(bash_completion());
    case other_task::zsh_completion: return print(zsh_completion());
    case other_task::link_preview: return preview_link(s, words);
    }
    return exit_failed;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const bool has_output = lark::tools::open_missing_streams();
        lark::tools::ignore_write_signals();
        return run(parse_command_line(argc, argv), has_output);
    } catch (const usage_error& e) {
        const auto& words = choose_texts(spoken_language(argc, argv));
        return complain(words, e.in(words));
    } catch (const std::exception& e) {
        lark::tools::try_to_print(STDERR_FILENO, std::string("lark-register: ") + e.what() + "\n");
        return exit_failed;
    }
}
