// SPDX-License-Identifier: MIT
#include "help.hpp"
#include "option_table.hpp"

#include <Poco/String.h>

namespace lark_register {

namespace {

// All names of an option, separated by `separator`.
std::string all_names(const option_row& row, const std::string& separator) {
    return Poco::replace(std::string(row.name), std::string(","), separator);
}

// Inside single quotes of a shell, in a zsh specification, where brackets and colons end a part.
std::string zsh_quoted(std::string_view text) {
    std::string out;
    for (const char ch : text) {
        if (ch == '\'') {
            out += "'\\''";
        } else {
            if (ch == '[' || ch == ']' || ch == ':' || ch == '\\') out += '\\';
            out += ch;
        }
    }
    return out;
}

}  // namespace

std::string bash_completion() {
    std::string all;
    std::string cases;
    for (const auto& row : option_table()) {
        all += (all.empty() ? "" : " ") + all_names(row, " ");
        if (row.value.empty()) continue;
        cases += "        " + all_names(row, "|") + ")\n            ";
        switch (row.complete) {
        case completion::nothing: cases += "COMPREPLY=()"; break;
        case completion::files:
            cases += "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames";
            break;
        case completion::folders:
            cases += "mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); compopt -o filenames";
            break;
        case completion::words:
            cases += "COMPREPLY=($(compgen -W '" + std::string(row.words) + "' -- \"$current\"))";
            break;
        }
        cases += "\n            return ;;\n";
    }
    return "# bash completion for lark-register, made from its table of options\n"
           "_lark_register() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    case $previous in\n" +
           cases +
           "    esac\n"
           "    COMPREPLY=($(compgen -W '" +
           all +
           "' -- \"$current\"))\n"
           "}\n"
           "complete -F _lark_register lark-register\n";
}

std::string zsh_completion() {
    std::string text = "#compdef lark-register\n# made from the table of options of lark-register\n_arguments -s";
    for (const auto& row : option_table()) {
        const auto help = "[" + zsh_quoted(row.help.english) + "]";
        text += " \\\n  ";
        if (!row.short_name().empty()) {
            text += "'(" + all_names(row, " ") + ")'{" + all_names(row, ",") + "}'" + help;
        } else {
            text += "'" + std::string(row.repeatable ? "*" : "") + std::string(row.name) + help;
        }
        if (!row.value.empty()) {
            text += ":" + zsh_quoted(row.value) + ":";
            switch (row.complete) {
            case completion::nothing: break;
            case completion::files: text += "_files"; break;
            case completion::folders: text += "_files -/"; break;
            case completion::words: text += "(" + std::string(row.words) + ")"; break;
            }
        }
        text += "'";
    }
    return text + "\n";
}

}  // namespace lark_register
