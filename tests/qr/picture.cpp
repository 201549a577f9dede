// SPDX-License-Identifier: MIT
#include "picture.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace {

constexpr int cell_width = 8;
constexpr int cell_height = 16;

int number(std::string_view& rest) {
    int value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{}) throw std::runtime_error("number expected");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return value;
}

bool take(std::string_view& rest, std::string_view what) {
    if (!rest.starts_with(what)) return false;
    rest.remove_prefix(what.size());
    return true;
}

unsigned char grey_of_256(int index) {
    if (index == 16) return 0;
    if (index == 231) return 255;
    throw std::runtime_error("a colour that a theme may change, or that this test does not know");
}

// The rest of "ESC [ … m" after the bracket.
theme select_graphic(std::string_view& rest, theme now, theme own) {
    do {
        if (const int code = number(rest); code == 0) {
            now = own;
        } else if (code == 38 || code == 48) {
            if (!take(rest, ";5;")) throw std::runtime_error("256-colour form expected");
            (code == 38 ? now.foreground : now.ground) = grey_of_256(number(rest));
        } else {
            throw std::runtime_error("unknown rendition");
        }
    } while (take(rest, ";"));
    if (!take(rest, "m")) throw std::runtime_error("'m' expected");
    return now;
}

// '#' as fonts draw it: two strokes each way, most of the cell lit.
void draw_hash(picture& p, int x, int y, unsigned char grey) {
    p.fill(x, y + 4, cell_width, 3, grey);
    p.fill(x, y + 9, cell_width, 3, grey);
    p.fill(x + 1, y + 1, 2, 14, grey);
    p.fill(x + 5, y + 1, 2, 14, grey);
}

}  // namespace

void picture::fill(int x, int y, int w, int h, unsigned char grey) {
    for (int row = std::max(y, 0); row < std::min(y + h, height); ++row)
        for (int column = std::max(x, 0); column < std::min(x + w, width); ++column)
            pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)] =
                grey;
}

picture picture::framed(int border, unsigned char grey) const {
    picture out(width + 2 * border, height + 2 * border, grey);
    for (int row = 0; row < height; ++row)
        for (int column = 0; column < width; ++column) out.fill(column + border, row + border, 1, 1, at(column, row));
    return out;
}

picture picture::cut(int columns) const {
    picture out(std::min(columns, width), height, 0);
    for (int row = 0; row < out.height; ++row)
        for (int column = 0; column < out.width; ++column) out.fill(column, row, 1, 1, at(column, row));
    return out;
}

picture picture::smaller(int by) const {
    picture out(width / by, height / by, 0);
    for (int row = 0; row < out.height; ++row) {
        for (int column = 0; column < out.width; ++column) {
            int sum = 0;
            for (int y = 0; y < by; ++y)
                for (int x = 0; x < by; ++x) sum += at(column * by + x, row * by + y);
            out.fill(column, row, 1, 1, static_cast<unsigned char>(sum / (by * by)));
        }
    }
    return out;
}

picture draw_terminal(std::string_view text, theme colours) {
    constexpr int columns = 400;
    const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    picture p(columns * cell_width, lines * cell_height, colours.ground);
    auto now = colours;
    int column = 0;
    int line = 0;
    int widest = 0;
    while (!text.empty()) {
        const int x = column * cell_width;
        const int y = line * cell_height;
        if (take(text, "\x1b[")) {
            now = select_graphic(text, now, colours);
            continue;
        }
        if (take(text, "\n")) {
            column = 0;
            ++line;
            continue;
        }
        if (++column > columns) throw std::runtime_error("line too long for this test");
        widest = std::max(widest, column);
        p.fill(x, y, cell_width, cell_height, now.ground);
        if (take(text, " ")) continue;
        if (take(text, "#")) {
            draw_hash(p, x, y, now.foreground);
        } else if (take(text, "\u2580")) {
            p.fill(x, y, cell_width, cell_height / 2, now.foreground);
        } else if (take(text, "\u2584")) {
            p.fill(x, y + cell_height / 2, cell_width, cell_height / 2, now.foreground);
        } else if (take(text, "\u2588")) {
            p.fill(x, y, cell_width, cell_height, now.foreground);
        } else {
            throw std::runtime_error("a character that the picture has no glyph for");
        }
    }
    return p.cut(widest * cell_width + 2 * cell_width);  // with a margin of the window's own ground
}

picture draw_svg(std::string_view svg, int scale) {
    const auto between = [&](std::string_view before, char after) {
        const auto at = svg.find(before);
        if (at == std::string_view::npos) throw std::runtime_error("not found in the SVG: " + std::string(before));
        const auto begin = at + before.size();
        return svg.substr(begin, svg.find(after, begin) - begin);
    };
    const auto grey = [](std::string_view colour) -> unsigned char {
        if (colour == "#fff") return 255;
        if (colour == "#000") return 0;
        throw std::runtime_error("unknown colour");
    };
    auto side = between("viewBox=\"0 0 ", ' ');
    const int units = number(side);
    picture p(units * scale, units * scale, 128);
    auto ground = between("<rect width=\"", '"');
    p.fill(0, 0, number(ground) * scale, units * scale, grey(between("\" fill=\"", '"')));
    const auto ink = grey(between("<path fill=\"", '"'));
    for (auto path = between(" d=\"", '"'); !path.empty();) {
        if (!take(path, "M")) throw std::runtime_error("M expected");
        const int x = number(path);
        if (!take(path, " ")) throw std::runtime_error("blank expected");
        const int y = number(path);
        if (!take(path, "h")) throw std::runtime_error("h expected");
        const int length = number(path);
        if (!take(path, "v1h-" + std::to_string(length) + "z"))
            throw std::runtime_error("the rest of a rectangle expected");
        p.fill(x * scale, y * scale, length * scale, scale, ink);
    }
    return p;
}
