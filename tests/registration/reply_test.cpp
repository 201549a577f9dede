// SPDX-License-Identifier: MIT
// The reader of replies: protocol.md, section 1, and the shapes of sections 2 and 3.
#include "registration/reply.hpp"
#include "base/json_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace lark::registration::detail;
using namespace std::chrono_literals;
using std::string;

namespace {

/// The reply with these members; they must be fine.
reply with(const string& members) {
    auto r = read_reply('{' + members + '}');
    BOOST_REQUIRE_MESSAGE(r.has_value(), members);
    return *r;
}

bool is_object(const string& body) { return read_reply(body).has_value(); }

/// `key` with a backslash: the text is then not plain, and takes the other path of the reader.
string nested(std::size_t depth, const string& key = "a") {
    return "{\"" + key + "\":" + string(depth - 1, '[') + string(depth - 1, ']') + '}';
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reply_reader)

BOOST_AUTO_TEST_CASE(every_field_is_read) {
    const auto r =
        with(R"("error":"e","error_description":"d","supported_auth_methods":["client_secret"],"device_code":"dc",
        "verification_uri_complete":"https://a","verification_uri":"https://b","user_code":"U","expires_in":77,"interval":9,
        "client_id":"i","client_secret":"s","user_info":{"open_id":"o","tenant_brand":"lark"})");
    BOOST_TEST(r.error == "e");
    BOOST_TEST(r.error_description == "d");
    BOOST_TEST(r.supports_client_secret);
    BOOST_TEST(r.device_code.reveal() == "dc");
    BOOST_TEST(r.verification_uri_complete == "https://a");
    BOOST_TEST(r.verification_uri == "https://b");
    BOOST_TEST(r.user_code == "U");
    BOOST_TEST((r.lifetime == 77s));
    BOOST_TEST((r.interval == 9s));
    BOOST_TEST(r.client_id == "i");
    BOOST_TEST(r.client_secret.reveal() == "s");
    BOOST_TEST((r.user_info->open_id == "o"));
    BOOST_TEST(r.is_lark());
    BOOST_TEST(r.has_credentials());
    BOOST_TEST(!r.is_keyless());
}

// protocol.md 2 and 3: the platform's own envelope, and the methods of an app.
BOOST_AUTO_TEST_CASE(code_msg_and_auth_method) {
    BOOST_TEST(with(R"("code":20001,"msg":"m")").code == 20001);
    BOOST_TEST(with(R"("code":20001,"msg":"m")").message == "m");
    BOOST_TEST(with(R"("code":-7)").code == -7);
    BOOST_TEST(with(R"("code":20001.0)").code == 20001);
    for (const string odd : {"0", "\"20001\"", "true", "null", "{}", "[1]", "1.5", "1e300", "18446744073709551615"})
        BOOST_TEST(with("\"code\":" + odd).code == 0, odd);
    BOOST_TEST(with(R"("code":1,"code":"x","msg":"a","msg":7)").code == 0);
    BOOST_TEST(with(R"("code":1,"msg":"a","msg":7)").message == "");
    BOOST_TEST(with(R"("x":{"code":1,"msg":"a"})").code == 0);

    BOOST_TEST(with(R"("auth_method":["a","b c"])").auth_methods == "a b c");
    BOOST_TEST(with(R"("auth_method":"  a   b ")").auth_methods == "a b");
    BOOST_TEST(with(R"("auth_method":["a"],"auth_method":[["b"],1,null,{"c":"d"}])").auth_methods == "");
    BOOST_TEST(with(R"("client_id":"i","auth_method":"a")").is_keyless());
    BOOST_TEST(!with(R"("client_id":"i","auth_method":"a client_secret")").is_keyless());
    BOOST_TEST(with(R"("client_id":"i","auth_method":"a client_secrets")").is_keyless());
    BOOST_TEST(!with(R"("client_id":"i","client_secret":"s","auth_method":"a")").is_keyless());
    BOOST_TEST(!with(R"("auth_method":"a")").is_keyless());
}

BOOST_AUTO_TEST_CASE(an_empty_object_says_nothing) {
    const auto r = with("");
    BOOST_TEST(r.error.empty());
    BOOST_TEST(!r.has_credentials());
    BOOST_TEST(!r.is_lark());
    BOOST_TEST(!r.supports_client_secret);
    BOOST_TEST((r.lifetime == 600s));
    BOOST_TEST(!r.interval);
    BOOST_TEST(!r.user_info);
}

// protocol.md 1: a boolean, number, array or object where a string belongs counts as absent.
BOOST_AUTO_TEST_CASE(a_value_that_is_not_a_string_is_absent) {
    for (const string odd : {"true", "false", "null", "0", "-1", "1.5", "[]", "{}", "[\"x\"]", "{\"x\":\"y\"}",
                             "[[\"x\"]]", "1e999", "123456789012345678901"}) {
        BOOST_TEST_CONTEXT(odd) {
            const auto r = with(R"("error":)" + odd + R"(,"error_description":)" + odd + R"(,"device_code":)" + odd +
                                R"(,"verification_uri_complete":)" + odd + R"(,"verification_uri":)" + odd +
                                R"(,"user_code":)" + odd + R"(,"client_id":)" + odd + R"(,"client_secret":)" + odd +
                                R"(,"user_info":{"open_id":)" + odd + R"(,"tenant_brand":)" + odd + "}");
            BOOST_TEST(r.error.empty());
            BOOST_TEST(r.error_description == "");
            BOOST_TEST(r.device_code.empty());
            BOOST_TEST(r.verification_uri_complete == "");
            BOOST_TEST(r.verification_uri == "");
            BOOST_TEST(r.user_code == "");
            BOOST_TEST(!r.has_credentials());
            BOOST_REQUIRE(r.user_info.has_value());
            BOOST_TEST(!r.user_info->open_id);
            BOOST_TEST(!r.user_info->tenant_brand);
        }
    }
}

BOOST_AUTO_TEST_CASE(fields_count_at_their_place_only) {
    BOOST_TEST(!with(R"("x":{"client_id":"i","client_secret":"s"})").has_credentials());
    BOOST_TEST(!with(R"("user_info":{"client_id":"i","client_secret":"s"})").has_credentials());
    BOOST_TEST(!with(R"("client_id":"i","user_info":{"client_secret":"s"})").has_credentials());
    BOOST_TEST(!with(R"("open_id":"o","tenant_brand":"lark")").user_info);
    BOOST_TEST(!with(R"("x":{"user_info":{"tenant_brand":"lark"}})").user_info);
    BOOST_TEST(!with(R"("user_info":["tenant_brand","lark"])").user_info);
    BOOST_TEST(!with(R"("user_info":[{"tenant_brand":"lark"}])").user_info);
    BOOST_TEST(with(R"("error":["access_denied"])").error.empty());
    BOOST_TEST((with(R"("interval":[7],"error":"e")").error == "e"));
    BOOST_TEST(
        (with(R"("user_info":{"x":{"y":[1,{"open_id":"no"}]},"open_id":"o"},"error":"e")").user_info->open_id == "o"));
    BOOST_TEST((with(R"("user_info":{"x":{}},"error":"e")").error == "e"));
    BOOST_TEST(with(R"("supported_auth_methods":[1,null,["x"],{"y":"z"},"client_secret"])").supports_client_secret);
    BOOST_TEST(!with(R"("supported_auth_methods":[["client_secret"]],"x":["client_secret"])").supports_client_secret);
    BOOST_TEST(!with(R"("supported_auth_methods":{"a":["client_secret"]})").supports_client_secret);
    BOOST_TEST(!with(R"("supported_auth_methods":["Client_Secret","client_secret "])").supports_client_secret);
}

BOOST_AUTO_TEST_CASE(of_a_duplicated_key_the_last_one_counts) {
    BOOST_TEST((with(R"("error":"a","error":"b")").error == "b"));
    BOOST_TEST(with(R"("error":"a","error":null)").error.empty());
    BOOST_TEST(with(R"("error":"a","error":"")").error.empty());
    BOOST_TEST(with(R"("error":"a","error":7)").error.empty());
    BOOST_TEST(with(R"("error":"a","error":{})").error.empty());
    BOOST_TEST((with(R"("error":"a","\u0065rror":"b")").error == "b"));
    BOOST_TEST(with(R"("client_secret":"a","client_secret":[])").client_secret.empty());
    BOOST_TEST((with(R"("interval":7,"interval":8)").interval == 8s));
    BOOST_TEST(!with(R"("interval":7,"interval":"x")").interval);
    BOOST_TEST((with(R"("expires_in":7,"expires_in":null,"expire_in":8)").lifetime == 8s));
    BOOST_TEST(
        !with(R"("supported_auth_methods":["client_secret"],"supported_auth_methods":[])").supports_client_secret);
    BOOST_TEST(!with(R"("user_info":{"open_id":"o"},"user_info":1)").user_info);
    BOOST_TEST(!with(R"("user_info":{"open_id":"o"},"user_info":{})").user_info->open_id);
    BOOST_TEST((with(R"("user_info":{"open_id":"o","open_id":"p"})").user_info->open_id == "p"));
    BOOST_TEST(!with(R"("user_info":{"open_id":"o","open_id":1})").user_info->open_id);
}

// protocol.md 2: lifetime and interval.
BOOST_AUTO_TEST_CASE(numbers) {
    const auto lifetime = [](const string& v) { return with("\"expires_in\":" + v).lifetime; };
    BOOST_TEST((lifetime("1") == 1s));
    BOOST_TEST((lifetime("1.999") == 1s));
    BOOST_TEST((lifetime("0.999") == 600s));
    BOOST_TEST((lifetime("86400") == 24h));
    BOOST_TEST((lifetime("86400.5") == 24h));
    BOOST_TEST((lifetime("99999999999") == 24h));
    BOOST_TEST((lifetime("9223372036854775807") == 24h));
    BOOST_TEST((lifetime("18446744073709551615") == 24h));
    BOOST_TEST((lifetime("1e300") == 24h));
    BOOST_TEST((lifetime("3e2") == 300s));
    for (const string odd : {"0", "-0", "-5", "-1e300", "-9223372036854775808", "null", "\"7\"", "true", "[7]", "{}"})
        BOOST_TEST((lifetime(odd) == 600s), odd);
    // out of range counts as absent
    for (const string out : {"1e999", "-1e999", "18446744073709551616", "-9223372036854775809", "1e-999"}) {
        BOOST_TEST((lifetime(out) == 600s), out);
        BOOST_TEST((with("\"expires_in\":" + out + ",\"expire_in\":9").lifetime == 9s), out);
    }

    const auto interval = [](const string& v) { return with("\"interval\":" + v).interval.value_or(0s); };
    BOOST_TEST((interval("1") == 1s));
    BOOST_TEST((interval("0.001") == 1s));
    BOOST_TEST((interval("5.0") == 5s));
    BOOST_TEST((interval("5.01") == 6s));
    BOOST_TEST((interval("300") == 300s));
    BOOST_TEST((interval("299.5") == 300s));
    BOOST_TEST((interval("301") == 300s));
    BOOST_TEST((interval("18446744073709551615") == 300s));
    BOOST_TEST((interval("\"7\"") == 7s));
    BOOST_TEST((interval("\"7.5\"") == 8s));
    BOOST_TEST((interval("\"1e2\"") == 100s));
    BOOST_TEST((interval("\"1e9\"") == 300s));
    for (const string odd :
         {"0", "-0.0", "-5", "null", "true", "[7]", "{\"interval\":7}", "\"\"", "\"x\"", "\"7x\"", "\" 7\"", "\"-7\"",
          "\"0\"", "\"0x10\"", "\"inf\"", "\"nan\"", "\"1e999\"", "1e999", "18446744073709551616"})
        BOOST_TEST((interval(odd) == 0s), odd);
}

// protocol.md 1: Poco's parser refuses these, so the reader handles them.
BOOST_AUTO_TEST_CASE(strays_do_not_cost_the_credentials) {
    const string credentials = R"("client_id":"i","client_secret":"s")";
    for (const string stray : {R"("x":"\ud800")",
                               R"("x":"\udc00")",
                               R"("x":"\ud800\ud800")",
                               R"("x":"\udc00\ud800")",
                               R"("x":"\ud800x")",
                               R"("x":"\ud800\\")",
                               R"("x":"\ud800\"")",
                               R"("x":"\uD83D")",
                               R"("\ud800":1)",
                               R"("x":["\ud800",{"y":"\udfff"}])",
                               R"("x":1e999)",
                               R"("x":-1e999)",
                               R"("x":[1e400])",
                               R"("x":99999999999999999999)",
                               R"("x":-99999999999999999999)",
                               R"("x":1e-999)",
                               R"("x":0.1e-5000)",
                               R"("x":1.0E+4000)",
                               R"("x":"1e999")",
                               R"("x":"\u0000")",
                               R"("\u0000":0)",
                               R"("x":"\\ud800")"}) {
        BOOST_TEST(with(stray + ',' + credentials).has_credentials(), stray);
        BOOST_TEST(with(credentials + ',' + stray).has_credentials(), stray);
    }
}

BOOST_AUTO_TEST_CASE(surrogates) {
    const auto text = [](const string& v) { return with("\"client_id\":\"" + v + '"').client_id; };
    BOOST_TEST(text(R"(\ud83e\udd16)") == "\xF0\x9F\xA4\x96");
    BOOST_TEST(text(R"(a\ud800b)") ==
               "a\xEF\xBF\xBD"
               "b");
    BOOST_TEST(text(R"(a\udc00b)") ==
               "a\xEF\xBF\xBD"
               "b");
    BOOST_TEST(text(R"(\ud800\ud83e\udd16)") == "\xEF\xBF\xBD\xF0\x9F\xA4\x96");
    BOOST_TEST(text(R"(\udc00\ud800)") == "\xEF\xBF\xBD\xEF\xBF\xBD");
    BOOST_TEST(text(R"(\\ud800)") == "\\ud800");
    BOOST_TEST(text(R"(\"\ud800)") == "\"\xEF\xBF\xBD");
    BOOST_TEST(text(R"(\u4e2d\u00e9\n)") == "\xE4\xB8\xAD\xC3\xA9\n");
}

BOOST_AUTO_TEST_CASE(an_escaped_nul_is_part_of_its_text) {
    BOOST_TEST(with(R"("client_id":"a\u0000b","client_secret":"s")").client_id == string("a\0b", 3));
}

BOOST_AUTO_TEST_CASE(not_an_object) {
    for (const string body : {"",
                              " ",
                              "null",
                              "true",
                              "7",
                              "\"{}\"",
                              "[]",
                              "[{\"error\":\"e\"}]",
                              "{",
                              "}",
                              "{]",
                              "{\"a\"}",
                              "{\"a\":}",
                              "{\"a\":1,}",
                              "{\"a\":1",
                              "{'a':1}",
                              "{a:1}",
                              "{} {}",
                              "{}x",
                              "{}[]",
                              "x{}",
                              "{\"a\":1 \"b\":2}",
                              "{\"a\":\"\n\"}",
                              "{\"a\":01}",
                              "{\"a\":+1}",
                              "{\"a\":tru}",
                              "{\"a\":\"\\x\"}",
                              "{\"a\":\"\\u12\"}",
                              "{\"a\":\"\\u12",
                              "{\"a\":\"\\",
                              "{\"a\":\"",
                              "{/**/}",
                              "{\"a\":NaN}",
                              "{\"a\":Infinity}",
                              "<html></html>",
                              "\xEF\xBB\xBF",
                              "\xEF\xBB"})
        BOOST_TEST(!is_object(body), body);
}

BOOST_AUTO_TEST_CASE(an_object) {
    for (const string body : {"{}", " \t\r\n{ } \n", "\xEF\xBB\xBF{}", "\xEF\xBB\xBF {\"a\":1}", "{\"\":\"\"}",
                              "{\"a\":{\"b\":[{},[],1,\"x\",null,true,-1.5e-3]}}"})
        BOOST_TEST(is_object(body), body);
}

// protocol.md 1: a stray byte reads as U+FFFD, at any place in a string.
BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8) {
    const string replaced = "\xEF\xBF\xBD";
    for (const string bad : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                             "\xF8\x88\x80\x80\x80", "\xFF", "\xFE", "\xE4\xB8"}) {
        string all;
        for (std::size_t i = 0; i < bad.size(); ++i) all += replaced;
        const auto r = with("\"client_id\":\"a" + bad + "b\",\"" + bad + "\":1,\"client_secret\":\"s\"");
        BOOST_TEST(r.client_id == "a" + all + "b");
        BOOST_TEST(r.has_credentials());
        BOOST_TEST(with("\"client_id\":\"" + bad + "\\\"\\ud800\"").client_id == all + "\"" + replaced);
        BOOST_TEST(!is_object("{}" + bad));  // outside of a string it is not JSON
        BOOST_TEST(!is_object("{" + bad + "}"));
    }
    BOOST_TEST(with("\"client_id\":\"\xC3\x28\"").client_id == replaced + "(");
}

BOOST_AUTO_TEST_CASE(a_key_is_not_cut_at_an_escaped_nul) {
    BOOST_TEST(with(R"("error\u0000x":"e")").error.empty());
    BOOST_TEST((with(R"("error\u0000":"e","error":"f")").error == "f"));
    BOOST_TEST(!with(R"("client_id\u0000" :"i","client_secret":"s")").has_credentials());
    BOOST_TEST(with(R"("user_info":{"open_id\u0000x":"no"})").user_info.has_value());
    BOOST_TEST(!with(R"("user_info":{"open_id\u0000x":"no"})").user_info->open_id);
    BOOST_TEST(with(R"("client_id":"a\u0000:b")").client_id == string("a\0:b", 4));
}

BOOST_AUTO_TEST_CASE(malformed_numbers_make_it_no_json) {
    for (const string odd : {"07758612720948895841731857797", "9E617+", "-07758612720948895841731857797", "1e999e1",
                             "1.e999", "1e", "1e+", "-", "1.", "-.5", "00", "01", "1-", "1e999.5",
                             "99999999999999999999.", "--1", "1e9999-", "99999999999999999999-1"}) {
        BOOST_TEST(!is_object("{\"a\":" + odd + "}"), odd);
        BOOST_TEST(!is_object("{\"\\u0061\":" + odd + "}"), odd);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_make_it_no_json) {
    BOOST_TEST(!is_object(string("{\"a\":\"\0\"}", 9)));
    BOOST_TEST(!is_object(string("{}\0", 3)));
    BOOST_TEST(!is_object(string("\0{}", 3)));
}

BOOST_AUTO_TEST_CASE(depth_has_a_cap) {
    for (const string key : {"a", "\\u0061"}) {
        BOOST_TEST(is_object(nested(64, key)));
        BOOST_TEST(!is_object(nested(65, key)));
        BOOST_TEST(!is_object(nested(100'000, key)));
    }
    BOOST_TEST(!is_object(string(200'000, '{')));
    BOOST_TEST(is_object("{\"a\":\"" + string(1000, '[') + "\"}"));  // in a text they are no nesting
    string wide = "{\"a\":0";
    for (int i = 0; i < 1000; ++i) wide += ",\"b\":[]";
    BOOST_TEST(is_object(wide + '}'));
}

BOOST_AUTO_TEST_CASE(long_texts_come_whole) {
    const string large(200'000, 'x');
    BOOST_TEST(with("\"client_id\":\"" + large + '"').client_id.size() == large.size());
}

BOOST_AUTO_TEST_SUITE_END()
