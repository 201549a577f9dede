// SPDX-License-Identifier: MIT
#include "picture.hpp"

#include <lark/qr.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>

namespace qr = lark::qr;

namespace {

std::string link_of(std::size_t bytes) {
    std::string link =
        "https://accounts.feishu.cn/page/launcher?user_code=AB12-CD34&from=sdk&tp=sdk&source=cpp-sdk&avatar=";
    for (unsigned i = 0; link.size() < bytes; ++i)
        link += "abcdefghijklmnopqrstuvwxyz0123456789%2F-_."[(i * i + i / 3) % 42];
    link.resize(bytes);
    return link;
}

// A shortest link; a usual one; one with several avatars; one that takes a large code.
const std::vector<std::string> links{"https://a.cn/", link_of(110), link_of(330), link_of(900)};

// zbar finds a light code on dark ground as little as many phones do; an inverted picture stands for phones that can.
picture turned_over(picture p) {
    for (auto& pixel : p.pixels) pixel = static_cast<unsigned char>(255 - pixel);
    return p;
}

void check_scan(const picture& p, const std::string& link) {
    const auto found = scan(p);
    BOOST_REQUIRE_EQUAL(found.size(), 1U);
    BOOST_TEST((found.front() == link));
}

// Without the decoder's library there is nothing to test; where it should be there, that is a failure.
struct needs_scanner {
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id /*unit*/) const {
        return scanner_available() || std::getenv("LARK_TEST_NOTHING_OPTIONAL") != nullptr;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(qr_scan, *boost::unit_test::precondition(needs_scanner{}))

BOOST_AUTO_TEST_CASE(the_terminal_picture_scans_on_dark_and_light_themes) {
    for (const auto& link : links) {
        const qr::code c{link};
        for (const auto colours : {dark_theme, light_theme}) {
            for (const bool half_blocks : {true, false}) {
                check_scan(draw_terminal(qr::to_terminal(c, {.half_blocks = half_blocks}), colours), link);
                check_scan(draw_terminal(qr::to_terminal(c, {.half_blocks = half_blocks, .quiet_zone = 2}), colours),
                           link);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(without_colours_it_scans_on_dark_and_inverted_on_light) {
    for (const auto& link : links) {
        const qr::code c{link};
        for (const bool half_blocks : {true, false}) {
            // A module of two '#' is not quite a square; from far enough away it looks like one.
            const int distance = half_blocks ? 1 : 8;
            BOOST_TEST_CONTEXT("half blocks " << half_blocks << ", bytes " << link.size()) {
                const qr::terminal_options on_dark{.half_blocks = half_blocks, .colours = false};
                check_scan(draw_terminal(qr::to_terminal(c, on_dark), dark_theme).smaller(distance), link);
                const qr::terminal_options on_light{.half_blocks = half_blocks, .colours = false, .inverted = true};
                check_scan(draw_terminal(qr::to_terminal(c, on_light), light_theme).smaller(distance), link);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(inverted_colours_are_the_picture_turned_over) {
    for (const bool half_blocks : {true, false}) {
        const auto text = qr::to_terminal(qr::code{links[1]}, {.half_blocks = half_blocks, .inverted = true});
        check_scan(turned_over(draw_terminal(text, dark_theme)), links[1]);
    }
}

BOOST_AUTO_TEST_CASE(the_svg_scans) {
    for (const auto& link : links) {
        for (const auto level : {qr::error_correction::low, qr::error_correction::high})
            check_scan(draw_svg(qr::to_svg(qr::code{link, level}), 4), link);
        check_scan(draw_svg(qr::to_svg(qr::code{link}, {.quiet_zone = 2}), 3).framed(20, 255), link);
        check_scan(turned_over(draw_svg(qr::to_svg(qr::code{link}, {.inverted = true}), 4)), link);
    }
}

// The scans prove something only if a damaged picture does not scan.
BOOST_AUTO_TEST_CASE(a_code_with_a_hole_does_not_scan) {
    auto p = draw_svg(qr::to_svg(qr::code{links[1]}), 4);
    p.fill(p.width / 4, p.height / 4, p.width / 2, p.height / 2, 255);
    BOOST_TEST(scan(p).empty());
}

BOOST_AUTO_TEST_SUITE_END()
