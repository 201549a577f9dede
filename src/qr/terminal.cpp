// SPDX-License-Identifier: MIT
#include <lark/qr.hpp>

#include <algorithm>

namespace lark::qr {

namespace {

// 16 and 231 are the black and the white of the 256-colour cube. The sixteen colours before them are the theme's.
constexpr std::string_view black_on_white = "\x1b[38;5;16;48;5;231m";
constexpr std::string_view white_on_black = "\x1b[38;5;231;48;5;16m";
constexpr std::string_view own_colours = "\x1b[0m";

int quiet_zone(const terminal_options& how) noexcept { return std::max(how.quiet_zone, 0); }

int side(const code& c, const terminal_options& how) noexcept { return c.modules() + 2 * quiet_zone(how); }

// A cell with what is drawn in the foreground colour above and below.
std::string_view half_block(bool above, bool below) noexcept {
    if (above) return below ? "\u2588" : "\u2580";
    return below ? "\u2584" : " ";
}

// Whether a module is drawn in the foreground colour. With colours that is black for dark; without, the foreground is
// taken to be the lighter of the terminal's two, so that light modules are drawn.
bool drawn(const code& c, const terminal_options& how, int row, int column) noexcept {
    // The row that half blocks need to complete an odd number of modules is not part of the code: left as the ground.
    const auto zone = quiet_zone(how);
    const auto dark = c.dark(row - zone, column - zone);
    return how.colours ? dark : dark == how.inverted;
}

std::string half_block_line(const code& c, const terminal_options& how, int row) {
    std::string line;
    for (int column = 0; column < side(c, how); ++column) {
        const bool below_exists = row + 1 < side(c, how);
        line += half_block(drawn(c, how, row, column), below_exists && drawn(c, how, row + 1, column));
    }
    return line;
}

// Without colours a '#' is what lights most of a cell in the usual fonts; with them, blanks on a coloured ground do
// better.
std::string ascii_line(const code& c, const terminal_options& how, int row) {
    std::string line;
    bool black = false;
    for (int column = 0; column < side(c, how); ++column) {
        const auto foreground = drawn(c, how, row, column);
        if (!how.colours) {
            line += foreground ? "##" : "  ";
            continue;
        }
        if (foreground != black) {
            black = foreground;
            line += black != how.inverted ? white_on_black : black_on_white;
        }
        line += "  ";
    }
    return line;
}

}  // namespace

int terminal_columns(const code& c, const terminal_options& how) noexcept {
    return how.half_blocks ? side(c, how) : 2 * side(c, how);
}

int terminal_lines(const code& c, const terminal_options& how) noexcept {
    return how.half_blocks ? (side(c, how) + 1) / 2 : side(c, how);
}

std::string to_terminal(const code& c, const terminal_options& how) {
    std::string text;
    for (int row = 0; row < side(c, how); row += how.half_blocks ? 2 : 1) {
        if (how.colours) text += how.inverted ? white_on_black : black_on_white;
        text += how.half_blocks ? half_block_line(c, how, row) : ascii_line(c, how, row);
        if (how.colours) text += own_colours;
        text += '\n';
    }
    return text;
}

}  // namespace lark::qr
