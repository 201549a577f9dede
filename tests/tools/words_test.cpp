// SPDX-License-Identifier: MIT
#include "json_view.hpp"
#include "option_table.hpp"
#include "terminal.hpp"
#include "texts.hpp"
#include "tracing.hpp"
#include "usage_error.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <set>

namespace {

using namespace lark_register;

using all_texts = std::array<std::string_view, sizeof(texts) / sizeof(std::string_view)>;

int gaps(std::string_view text) {
    int count = 0;
    for (auto at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2)) ++count;
    return count;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(both_languages_say_everything_with_the_same_gaps) {
    const auto in_english = std::bit_cast<all_texts>(english_texts);
    const auto in_chinese = std::bit_cast<all_texts>(chinese_texts);
    for (std::size_t i = 0; i < in_english.size(); ++i) {
        BOOST_TEST_CONTEXT(in_english[i]) {
            BOOST_TEST(!in_english[i].empty());
            BOOST_TEST(is_ascii(in_english[i]));  // also for a terminal without UTF-8
            BOOST_TEST(!is_ascii(in_chinese[i]));
            BOOST_TEST(gaps(in_english[i]) == gaps(in_chinese[i]));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_option_is_named_once_and_explained_in_both_languages) {
    std::set<std::string_view> names;
    for (const auto& row : option_table()) {
        BOOST_TEST_CONTEXT(row.name) {
            BOOST_TEST(row.name.starts_with("--"));
            BOOST_TEST(names.insert(row.name).second);
            BOOST_TEST(is_ascii(row.help.english));
            BOOST_TEST(!row.help.english.empty());
            BOOST_TEST(!is_ascii(row.help.chinese));
            BOOST_TEST((row.complete == completion::words) == !row.words.empty());
            BOOST_TEST((row.complete == completion::nothing || !row.value.empty()));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_the_library_complains_of_is_an_option_of_ours) {
    for (const auto& name : library_names()) {
        BOOST_TEST_CONTEXT(name.library) {
            const auto has_name = [&](const option_row& row) { return row.name == name.option; };
            BOOST_TEST(std::any_of(option_table().begin(), option_table().end(), has_name));
            const lark::invalid_option error{{{std::string(name.library), 1, "must be; x"}}};
            BOOST_TEST(in_terms_of_options(error) == std::string(name.option) + ": " + error.what());
        }
    }
    const lark::invalid_option other{"environment HTTPS_PROXY", "must be"};
    BOOST_TEST(in_terms_of_options(other) == "environment HTTPS_PROXY must be");
    const lark::invalid_option two{{{"source", {}, "must be a; b"}, {"app_id", {}, "must be c"}}};
    BOOST_TEST(in_terms_of_options(two) == "--source: source must be a; b; --app-id: app_id must be c");
}

BOOST_AUTO_TEST_CASE(a_trace_shows_words_numbers_and_hosts_and_no_other_value) {
    for (const auto& row : option_table()) {
        const bool is_number =
            row.value == "SECONDS" || row.value == "FACTOR" || row.value == "PORT" || row.value == "NUMBER";
        if (is_number || row.complete == completion::words) continue;  // no other value is accepted
        for (const std::string value :
             {"secret", "https://user:secret@host", "https://host/secret", "https://host?secret"}) {
            arguments s;
            s.given = {{std::string(row.name), value}};
            BOOST_TEST_CONTEXT(row.name) {
                BOOST_REQUIRE(shown_options(s).size() == 1u);
                BOOST_TEST(shown_options(s)[0].name == row.name.substr(0, row.name.find(',')));
                BOOST_TEST(shown_options(s)[0].value == "");
            }
        }
    }
    arguments s;
    s.given = {{"--domain", "https://accounts.feishu.cn/"}, {"--timeout", "3"}, {"--scope", "a"}, {"--scope", "b"}};
    const auto shown = shown_options(s);
    BOOST_REQUIRE(shown.size() == 3u);
    BOOST_TEST(shown[0].value == "https://accounts.feishu.cn");
    BOOST_TEST(shown[1].value == "3");
}

BOOST_AUTO_TEST_CASE(a_usage_error_is_told_in_either_language) {
    const usage_error error{&texts::needs, {"--a", "--b"}};
    BOOST_TEST(error.what() == "--a needs --b");
    BOOST_TEST(error.in(chinese_texts) == "--a 需要与 --b 同用");
    BOOST_TEST(error.about("--c").in(english_texts) == "--c: --a needs --b");
    BOOST_TEST(usage_error("as it is").about("--c").in(chinese_texts) == "--c: as it is");
}

BOOST_AUTO_TEST_CASE(every_word_that_is_proposed_is_accepted) {
    for (const auto& row : option_table()) {
        std::string_view rest = row.words;
        while (!rest.empty()) {
            const auto word = rest.substr(0, rest.find(' '));
            arguments out;
            BOOST_TEST_CONTEXT(row.name << " " << word) { BOOST_CHECK_NO_THROW(row.apply(out, word)); }
            rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        }
    }
}

BOOST_AUTO_TEST_CASE(gaps_are_filled_in_order) {
    BOOST_TEST(fill("{} of {}", {"1", "2"}) == "1 of 2");
    BOOST_TEST(fill("no gap", {"1"}) == "no gap");
    BOOST_TEST(fill("{}", {"{}"}) == "{}");  // inserted text is not expanded again
}

BOOST_AUTO_TEST_CASE(chinese_characters_take_two_columns) {
    BOOST_TEST(display_width("abc") == 3);
    BOOST_TEST(display_width("二维码：a") == 9);
    BOOST_TEST(display_width("▀▄█") == 3);
}

BOOST_AUTO_TEST_CASE(a_line_is_cut_between_characters) {
    BOOST_TEST(cut_to_width("abcdef", 6) == "abcdef");
    BOOST_TEST(cut_to_width("abcdefg", 6) == "abc...");
    BOOST_TEST(cut_to_width("二维码已写入", 8) == "二维...");  // a half of a character does not fit
}

BOOST_AUTO_TEST_CASE(lines_are_broken_at_blanks_and_between_chinese_characters) {
    BOOST_TEST(wrap("one two three", 8) == "one two\nthree");
    BOOST_TEST(wrap("无法拆开", 4) == "无法\n拆开");
    BOOST_TEST(wrap("一二，三", 4) == "一\n二，\n三");  // a comma does not begin a line
    BOOST_TEST(wrap("https://one.word/longer", 8) == "https://one.word/longer");
}

// protocol.md, section 7: control sequences for a terminal are escaped.
BOOST_AUTO_TEST_CASE(json_strings_are_ascii) {
    BOOST_TEST(to_json_string("a/b\"c\\d\\/") == R"("a/b\"c\\d\\/")");
    BOOST_TEST(to_json_string("\x1b[31m\x7f\n") == R"("\u001B[31m\u007F\n")");
    BOOST_TEST(to_json_string("李\u202e\u009b") == R"("\u674E\u202E\u009B")");
    BOOST_TEST(to_json_string("😀") == R"("\uD83D\uDE00")");
    BOOST_TEST(to_json_string("") == R"("")");
}

BOOST_AUTO_TEST_SUITE_END()
