// SPDX-License-Identifier: MIT
#include <lark/json.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <string>

using lark::json;

namespace {

json parsed(const std::string& text) {
    const auto value = json::parse(text);
    BOOST_REQUIRE(value.has_value());
    return *value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_values)

BOOST_AUTO_TEST_CASE(reads_every_type) {
    const auto value = parsed(R"({"s":"x","i":-7,"d":1.5,"t":true,"n":null,"a":[1,[2]],"o":{"k":"v"}})");
    BOOST_TEST(value.size() == 7u);
    BOOST_TEST((value["s"].as_string() == "x"));
    BOOST_TEST((value["i"].as_integer() == -7));
    BOOST_TEST((value["d"].as_number() == 1.5));
    BOOST_TEST((value["i"].as_number() == -7.0));
    BOOST_TEST((value["t"].as_boolean() == true));
    BOOST_TEST((value["n"].kind() == json::type::null));
    BOOST_TEST(static_cast<bool>(value["n"]));
    BOOST_TEST((value["a"][1][0].as_integer() == 2));
    BOOST_TEST((value["o"]["k"].as_string() == "v"));
    BOOST_TEST(value.key(0) == "s");
    BOOST_TEST(value.key(7) == "");
    BOOST_TEST((value[6]["k"].as_string() == "v"));
}

BOOST_AUTO_TEST_CASE(missing_members_are_absent_at_any_depth) {
    const auto value = parsed(R"({"a":[1]})");
    BOOST_TEST(!value["b"]);
    BOOST_TEST(!value["b"]["c"][3]["d"]);
    BOOST_TEST(!value["a"][1]);
    BOOST_TEST(!value["a"]["k"]);
    BOOST_TEST((value["b"].kind() == json::type::absent));
    BOOST_TEST(value["b"].text() == "");
    BOOST_TEST(!value["b"].as_string());
    BOOST_TEST(value["b"].size() == 0u);
}

BOOST_AUTO_TEST_CASE(another_type_is_not_a_value) {
    const auto value = parsed(R"({"s":"2","d":2.5,"b":true,"big":18446744073709551615,"huge":1e999})");
    BOOST_TEST(!value["s"].as_integer());
    BOOST_TEST(!value["s"].as_number());
    BOOST_TEST(!value["d"].as_integer());
    BOOST_TEST(!value["b"].as_integer());
    BOOST_TEST(!value["big"].as_integer());
    BOOST_TEST((value["big"].as_number() == 18446744073709551615.0));
    BOOST_TEST((value["huge"].kind() == json::type::null));
}

BOOST_AUTO_TEST_CASE(an_integer_is_exact_or_none) {
    const auto read = [](const std::string& text) { return parsed("[" + text + "]")[0].as_integer(); };
    BOOST_TEST((read("-9007199254740991") == -9007199254740991));
    BOOST_TEST((read("9007199254740993") == 9007199254740993));
    BOOST_TEST((read("9223372036854775807") == std::numeric_limits<std::int64_t>::max()));
    for (const auto* text : {"-9007199254740992", "-9007199254740993", "-1234567890123456789", "-9223372036854775807",
                             "-9223372036854775808"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!read(text));
            BOOST_TEST((parsed(std::string{"["} + text + "]")[0].as_number() == std::stod(text)));
        }
    }
}

BOOST_AUTO_TEST_CASE(of_a_duplicated_key_the_last_one_counts) {
    BOOST_TEST((parsed(R"({"k":1,"x":2,"k":3})")["k"].as_integer() == 3));
}

BOOST_AUTO_TEST_CASE(a_part_outlives_the_whole) {
    json part;
    {
        const auto whole = parsed(R"({"data":{"items":["a string that is too long to be kept in place"]}})");
        part = whole["data"]["items"][0];
    }
    BOOST_TEST((part.as_string() == "a string that is too long to be kept in place"));
}

BOOST_AUTO_TEST_CASE(writes_the_text_that_it_read) {
    for (const std::string text : {R"({"b":1,"a":[true,false,null,"x\"\\\u0001\n"],"o":{},"e":[]})",
                                   R"([1.5,-3,18446744073709551615,"你好"])"}) {
        const auto written = parsed(text).text();
        BOOST_TEST(parsed(written).text() == written);
    }
    BOOST_TEST(parsed(R"( { "b" : [ 1 , 2.5 ] , "a" : null } )").text() == R"({"b":[1,2.5],"a":null})");
}

BOOST_AUTO_TEST_CASE(quotes_anything) {
    BOOST_TEST(json::quote("a\"b\\c\n\x01") == R"("a\"b\\c\u000a\u0001")");
    BOOST_TEST(json::quote("\xFF") == "\"\xEF\xBF\xBD\"");
    for (const std::string text : {"", "plain", "\"", "\\", "\t\r\n", "\x7F", "你好 \xF0\x9F\x98\x80"})
        BOOST_TEST((parsed('[' + json::quote(text) + ']')[0].as_string() == text));
}

BOOST_AUTO_TEST_CASE(refuses_text_that_is_not_json) {
    for (const std::string text :
         {"", "{", "nonsense", R"({"a":})", "{\xFF}", R"({"a":1)", R"({"a":9E617+})", R"([01])"})
        BOOST_TEST(!json::parse(text).has_value(), text);
    BOOST_TEST(!json::parse(std::string(65, '[') + std::string(65, ']')).has_value());
    BOOST_TEST(json::parse(std::string(64, '[') + std::string(64, ']')).has_value());
}

// 2⁵³ and beyond, where an integer would be read as another type, or as null.
BOOST_AUTO_TEST_CASE(large_doubles_are_read_back_as_themselves) {
    for (const double value :
         {9007199254740992.0, 9007199254740994.0, 123456789012345680000.0, -123456789012345680000.0, 1e22,
          18446744073709551616.0, -9223372036854775808.0, 1e300, 4.5, -0.0}) {
        const auto text = json::parse('[' + std::to_string(value) + ']').value().text();
        BOOST_TEST((parsed(text)[0].as_number() == value), text);
        BOOST_TEST(parsed(text).text() == text);
    }
    BOOST_TEST(parsed("[1.2345678901234568e20]").text() == "[123456789012345683968.0]");
    BOOST_TEST(!parsed(parsed("[9007199254740992.0]").text())[0].as_integer());
    BOOST_TEST(parsed("[2.0,-9007199254740993]").text() == "[2,-9007199254740992.0]");
}

BOOST_AUTO_TEST_CASE(stray_bytes_and_an_escaped_nul_in_a_key) {
    BOOST_TEST((parsed("{\"s\":\"a\xFF\xC3!\"}")["s"].as_string() == "a\xEF\xBF\xBD\xEF\xBF\xBD!"));
    const auto value = parsed(R"({"error\u0000x":1,"a":"b\u0000c"})");
    BOOST_TEST(value.key(0) == "error\xEF\xBF\xBDx");
    BOOST_TEST(!value["error"]);
    BOOST_TEST((value["a"].as_string() == std::string("b\0c", 3)));
}

BOOST_AUTO_TEST_CASE(a_lone_surrogate_reads_as_the_replacement_character) {
    BOOST_TEST((parsed(R"({"s":"\ud800!"})")["s"].as_string() == "\xEF\xBF\xBD!"));
}

BOOST_AUTO_TEST_SUITE_END()
