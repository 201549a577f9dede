// SPDX-License-Identifier: MIT
#include "help.hpp"

#include "option_table.hpp"
#include "terminal.hpp"

namespace lark_register {

namespace {

constexpr int help_column = 28;
constexpr int help_width = 100;

std::string_view pick(const bilingual& text, const texts& words) noexcept {
    return &words == &chinese_texts ? text.chinese : text.english;
}

std::string option_line(const option_row& row, const texts& words) {
    // `--help,-h` is written `-h, --help`, as manuals do.
    std::string left = "  ";
    if (!row.short_name().empty()) left.append(row.short_name()).append(", ");
    left += row.long_name();
    if (!row.value.empty()) left += " " + std::string(row.value);

    const auto indent = std::string(help_column, ' ');
    const auto room = static_cast<int>(left.size()) + 2 <= help_column;
    auto text =
        room ? left + std::string(static_cast<std::size_t>(help_column) - left.size(), ' ') : left + "\n" + indent;
    auto help = wrap(pick(row.help, words), help_width - help_column);
    for (auto at = help.find('\n'); at != std::string::npos; at = help.find('\n', at + 1)) help.insert(at + 1, indent);
    return text + help + "\n";
}

}  // namespace

std::string help_text(const texts& words) {
    auto text = fill(words.usage, {"lark-register"}) + "\n" + wrap(words.summary, help_width) + "\n";
    for (const auto group : all_groups) {
        text += "\n" + std::string(pick(heading(group), words)) + ":\n";
        for (const auto& row : option_table()) {
            if (row.group == group) text += option_line(row, words);
        }
    }
    text += "\n" + std::string(words.statuses_heading) + ":\n";
    for (std::size_t i = 0; i < exit_numbers.size(); ++i) {
        const std::string number{exit_numbers[i]};
        text.append("  " + number + std::string(5 - number.size(), ' ')).append(words.statuses[i]).append("\n");
    }
    text += "\n" + std::string(words.examples_heading) +
            ":\n"
            "  lark-register --source my-tool --save bot.env\n"
            "  lark-register --sandbox --approve-after 5\n"
            "  lark-register --check --save bot.env\n"
            "  lark-register --json | my-program\n";
    return text;
}

}  // namespace lark_register
