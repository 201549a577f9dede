// SPDX-License-Identifier: MIT
#include <lark/qr.hpp>

#include <algorithm>

namespace lark::qr {

namespace {

// The dark modules as one path: a rectangle for each run in a row.
std::string path_data(const code& c, int zone) {
    std::string data;
    for (int row = 0; row < c.modules(); ++row) {
        for (int column = 0; column < c.modules(); ++column) {
            if (!c.dark(row, column)) continue;
            const int begin = column;
            while (c.dark(row, column + 1)) ++column;
            const auto length = std::to_string(column + 1 - begin);
            // Appended piece by piece: of "M" + text, g++ 12 says at -O3 that it might overlap (-Wrestrict, a false
            // alarm).
            data.append("M").append(std::to_string(begin + zone)).append(" ").append(std::to_string(row + zone));
            data.append("h").append(length).append("v1h-").append(length).append("z");
        }
    }
    return data;
}

}  // namespace

std::string to_svg(const code& c, const svg_options& how) {
    const auto zone = std::max(how.quiet_zone, 0);
    const auto side = c.modules() + 2 * zone;
    const auto units = std::to_string(side);
    const auto pixels = std::to_string(side * std::max(how.module_pixels, 1));
    const std::string_view ground = how.inverted ? "#000" : "#fff";
    const std::string_view ink = how.inverted ? "#fff" : "#000";
    std::string svg;
    svg += R"(<svg xmlns="http://www.w3.org/2000/svg" version="1.1" role="img" aria-label="QR code")";
    svg += " width=\"" + pixels + "\" height=\"" + pixels + "\" viewBox=\"0 0 " + units + " " + units + "\"";
    svg += " shape-rendering=\"crispEdges\">\n";
    svg += "<rect width=\"" + units + "\" height=\"" + units + "\" fill=\"";
    svg += ground;
    svg += "\"/>\n<path fill=\"";
    svg += ink;
    svg += "\" d=\"" + path_data(c, zone) + "\"/>\n</svg>\n";
    return svg;
}

}  // namespace lark::qr
