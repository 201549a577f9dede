// SPDX-License-Identifier: MIT
#include <lark/qr.hpp>

#include <boost/test/unit_test.hpp>

namespace qr = lark::qr;

BOOST_AUTO_TEST_SUITE(qr_code)

// The length in bytes and the QR version are public, so that a caller can see whether a code fits a terminal.
BOOST_AUTO_TEST_CASE(a_code_has_bytes_version_and_size) {
    const qr::code c{std::string(106, 'x')};  // ISO/IEC 18004, table 7: 106 bytes are the most of version 5-L
    BOOST_TEST(c.bytes() == 106U);
    BOOST_TEST(c.version() == 5);
    BOOST_TEST(c.modules() == 37);
    BOOST_TEST(qr::terminal_columns(c) == 45);
    BOOST_TEST(qr::terminal_lines(c) == 23);
    BOOST_TEST(qr::terminal_columns(c, {.quiet_zone = 1}) == 39);
    BOOST_TEST(qr::terminal_columns(c, {.half_blocks = false}) == 90);
    BOOST_TEST(qr::terminal_lines(c, {.half_blocks = false}) == 45);

    BOOST_TEST(qr::code{std::string(107, 'x')}.version() == 6);
}

BOOST_AUTO_TEST_CASE(a_higher_correction_needs_a_larger_code) {
    const std::string link(100, 'x');
    int before = 0;
    for (const auto level : {qr::error_correction::low, qr::error_correction::medium, qr::error_correction::quartile,
                             qr::error_correction::high}) {
        const auto version = qr::code{link, level}.version();
        BOOST_TEST(version > before);
        before = version;
    }
}

BOOST_AUTO_TEST_CASE(an_empty_text_is_refused) { BOOST_CHECK_THROW(qr::code{""}, std::invalid_argument); }

BOOST_AUTO_TEST_CASE(the_limit_of_every_correction_is_exact) {
    for (const auto level : {qr::error_correction::low, qr::error_correction::medium, qr::error_correction::quartile,
                             qr::error_correction::high}) {
        const auto most = qr::most_bytes(level);
        BOOST_TEST(qr::code(std::string(most, 'x'), level).version() == 40);
        BOOST_CHECK_THROW(qr::code(std::string(most + 1, 'x'), level), qr::text_too_long);
    }
}

BOOST_AUTO_TEST_CASE(too_long_a_text_is_reported_in_numbers_and_not_quoted) {
    try {
        qr::code{"https://secret.example/" + std::string(3000, 'x')};
        BOOST_FAIL("expected text_too_long");
    } catch (const qr::text_too_long& e) {
        BOOST_TEST(e.bytes() == 3023U);
        BOOST_TEST(e.most_bytes() == 2953U);
        BOOST_TEST(std::string(e.what()) == "a QR code holds at most 2953 bytes, the text has 3023");
    }
}

BOOST_AUTO_TEST_CASE(outside_of_the_code_all_is_light) {
    const qr::code c{"x"};
    BOOST_TEST(c.dark(0, 0));  // the corner of a finder pattern
    BOOST_TEST(!c.dark(-1, 0));
    BOOST_TEST(!c.dark(0, -1));
    BOOST_TEST(!c.dark(c.modules(), 0));
    BOOST_TEST(!c.dark(0, c.modules()));
}

BOOST_AUTO_TEST_CASE(the_ascii_fallback_is_ascii) {
    for (const bool colours : {true, false}) {
        for (const char ch :
             qr::to_terminal(qr::code{"https://example.com"}, {.half_blocks = false, .colours = colours}))
            BOOST_REQUIRE(static_cast<unsigned char>(ch) < 0x80);
    }
}

BOOST_AUTO_TEST_CASE(without_colours_there_is_no_escape_sequence) {
    for (const bool half_blocks : {true, false}) {
        const auto text =
            qr::to_terminal(qr::code{"https://example.com"}, {.half_blocks = half_blocks, .colours = false});
        BOOST_TEST(text.find('\x1b') == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_svg_names_no_text_and_refers_to_nothing) {
    const auto svg = qr::to_svg(qr::code{"https://secret.example/?user_code=ABCD"});
    BOOST_TEST(svg.find("secret") == std::string::npos);
    BOOST_TEST(svg.find("href") == std::string::npos);
    BOOST_TEST(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    BOOST_TEST(svg.ends_with("</svg>\n"));
}

BOOST_AUTO_TEST_SUITE_END()
