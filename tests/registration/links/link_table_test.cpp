// SPDX-License-Identifier: MIT
// protocol.md, section 2: the link that is shown.
#include "parsed_link.hpp"

#include <lark/registration/link.hpp>
#include <lark/registration/options.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <ostream>

using namespace lark::registration;
using namespace lark::test;
namespace data = boost::unit_test::data;

namespace {

constexpr auto service_link = "https://open.feishu.cn/page/launcher?user_code=ABCD-1234";

struct row {
    const char* name;
    std::function<void(options&)> set;
    parameters ours;  ///< after the service's own
};

std::ostream& operator<<(std::ostream& out, const row& r) { return out << r.name; }

parameters with(std::initializer_list<parameters::value_type> more, const char* source = "cpp-sdk") {
    parameters out{{"user_code", "ABCD-1234"}, {"from", "sdk"}, {"tp", "sdk"}, {"source", source}};
    out.insert(out.end(), more);
    return out;
}

app_preset named(std::string name) { return {.name = std::move(name)}; }
app_preset pictured(std::vector<std::string> avatar) { return {.avatar = std::move(avatar)}; }

const row rows[] = {
    {"nothing asked for", [](options&) {}, with({})},
    {"source", [](options& o) { o.source = "my-tool"; }, with({}, "cpp-sdk/my-tool")},
    {"source with odd characters", [](options& o) { o.source = "a b&c=d/\xE4\xB8\xAD"; },
     with({}, "cpp-sdk/a b&c=d/\xE4\xB8\xAD")},
    {"name in Chinese", [](options& o) { o.app_preset = named("\xE5\xAE\xA2\xE6\x9C\x8D"); },
     with({{"name", "\xE5\xAE\xA2\xE6\x9C\x8D"}})},
    {"name with {user} passed through", [](options& o) { o.app_preset = named("{user}'s bot"); },
     with({{"name", "{user}'s bot"}})},
    {"name with emoji", [](options& o) { o.app_preset = named("\xF0\x9F\xA4\x96 bot"); },
     with({{"name", "\xF0\x9F\xA4\x96 bot"}})},
    {"name with every delimiter", [](options& o) { o.app_preset = named("a&b=c#d+e%f\"g'h i?j/k\\l<m>"); },
     with({{"name", "a&b=c#d+e%f\"g'h i?j/k\\l<m>"}})},
    {"name that looks encoded", [](options& o) { o.app_preset = named("%41%zz%"); }, with({{"name", "%41%zz%"}})},
    {"desc over two lines", [](options& o) { o.app_preset = app_preset{.desc = "one\ntwo"}; },
     with({{"desc", "one\ntwo"}})},
    {"one avatar", [](options& o) { o.app_preset = pictured({"https://x.test/a.png?b=1&c=2#d"}); },
     with({{"avatar", "https://x.test/a.png?b=1&c=2#d"}})},
    {"six avatars in order",
     [](options& o) {
         o.app_preset = pictured({"u6", "u5", "u4", "u3", "u2", "u1"});
     },
     with(
         {{"avatar", "u6"}, {"avatar", "u5"}, {"avatar", "u4"}, {"avatar", "u3"}, {"avatar", "u2"}, {"avatar", "u1"}})},
    {"create only", [](options& o) { o.create_only = true; }, with({{"createOnly", "true"}})},
    {"update of an app", [](options& o) { o.app_id = "cli_a1b2"; }, with({{"clientID", "cli_a1b2"}})},
    {"both, as given: the page decides", [](options& o) { o.create_only = true, o.app_id = "cli_a"; },
     with({{"createOnly", "true"}, {"clientID", "cli_a"}})},
};

struct kept {
    const char* given;
    const char* shown;  ///< up to our own parameters, and behind them after `@`
};

std::ostream& operator<<(std::ostream& out, const kept& k) { return out << k.given; }

constexpr auto ours = "from=sdk&tp=sdk&source=cpp-sdk";

/// `@` stands for our parameters.
const kept byte_for_byte[] = {
    {"https://h.test/p%2Fq", "https://h.test/p%2Fq?@"},
    {"https://h.test", "https://h.test?@"},
    {"https://h.test/", "https://h.test/?@"},
    {"https://h.test/?", "https://h.test/?@"},
    {"https://h.test/a?b", "https://h.test/a?b&@"},
    {"https://h.test/a?b=", "https://h.test/a?b=&@"},
    {"https://h.test/a?b=%2f%2F+%20", "https://h.test/a?b=%2f%2F+%20&@"},
    {"https://h.test/a?b&&c=1&", "https://h.test/a?b&&c=1&&@"},
    {"https://h.test/a?x=1?y=2", "https://h.test/a?x=1?y=2&@"},
    {"https://h.test/a#f", "https://h.test/a?@#f"},
    {"https://h.test/a?b=1#/r?x=1&from=y", "https://h.test/a?b=1&@#/r?x=1&from=y"},
    {"https://h.test:8443/a/../b/./c", "https://h.test:8443/a/../b/./c?@"},
    {"HTTPS://H.Test/A", "HTTPS://H.Test/A?@"},
    {"https://[2001:db8::1]/a", "https://[2001:db8::1]/a?@"},
    {"https://[::]/a", "https://[::]/a?@"},
    {"https://[1::]/a", "https://[1::]/a?@"},
    {"https://[1:2:3:4:5:6:7:8]/a", "https://[1:2:3:4:5:6:7:8]/a?@"},
    {"https://[::2:3:4:5:6:7:8]/a", "https://[::2:3:4:5:6:7:8]/a?@"},
    {"https://[::ffff:1.2.3.4]/a", "https://[::ffff:1.2.3.4]/a?@"},
    {"https://[1:2:3:4:5:6:1.2.3.4]/a", "https://[1:2:3:4:5:6:1.2.3.4]/a?@"},
    {"https://h.test./a", "https://h.test./a?@"},
    {"https://\xE4\xB8\xAD.test/a", "https://%E4%B8%AD.test/a?@"},
    {"https://%E4%B8%AD.test/a", "https://%E4%B8%AD.test/a?@"},
    {"https://h.test/a?from=other&b=1", "https://h.test/a?b=1&@"},
    {"https://h.test/a?b=1&fr%6Fm=other&source=x&tp", "https://h.test/a?b=1&@"},
    {"https://h.test/a?fromage=1&From=2", "https://h.test/a?fromage=1&From=2&@"},
    {"https://h.test/a?name=theirs&avatar=theirs", "https://h.test/a?name=theirs&avatar=theirs&@"},
    {"https://h.test/\xE4\xB8\xAD?k=\xE4\xB8\xAD#\xC3\xA9", "https://h.test/%E4%B8%AD?k=%E4%B8%AD&@#%C3%A9"},
};

std::string expected(const kept& k) {
    std::string out = k.shown;
    return out.replace(out.find('@'), 1, ours);
}

const char* const unfit[] = {
    "javascript:alert(1)",
    "javascript://h.test/%0aalert(1)",
    "data:text/html,x",
    "ftp://h.test/",
    "http://h.test/",
    "//h.test/a",
    "/a",
    "h.test/a",
    "https://",
    "https:///a",
    "https://user@h.test/",
    "https://user:pass@h.test/",
    "https://h.test\\@evil.test/",
    "https://h.test/a b",
    "https://h.test/a\tb",
    "https://h.test/a\nb",
    "https://h.test/\x7F",
    "https://h.test/\xC2\x85",
    "https://h.test:0/",
    "https://h.test:99999/",
    "https://h.test:x/",
    "https://h test/",
    "https://?x",
    "https://#x",
    "http://127.0.0.1/",
    "",
    // hosts that lead nowhere
    "https://%/",
    "https://%0/",
    "https://%00/",
    "https://%41.test/",
    "https://h%2Ftest/",
    "https://./",
    "https://../",
    "https://.h.test/",
    "https://h..test/",
    "https://h.test../",
    "https://[:::::]/",
    "https://[:]/",
    "https://[::1::]/",
    "https://[1:2:3:4:5:6:7]/",
    "https://[1:2:3:4:5:6:7:8:9]/",
    "https://[1:2:3:4:5:6:7:8::]/",
    "https://[12345::]/",
    "https://[1:]/",
    "https://[:1]/",
    "https://[::1.2.3]/",
    "https://[::1.2.3.256]/",
    "https://[1.2.3.4]/",
    "https://[::g]/",
    "https://[]/",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(link_table)

BOOST_DATA_TEST_CASE(the_parameters_are_those_of_the_contract, data::make(rows), r) {
    options opts;
    r.set(opts);
    const auto link = parse_link(preview_link(opts, service_link));
    BOOST_TEST(link.before_query == "https://open.feishu.cn/page/launcher");
    BOOST_TEST((link.query == r.ours));
}

BOOST_DATA_TEST_CASE(the_services_own_link_stays_byte_for_byte, data::make(byte_for_byte), k) {
    BOOST_TEST(preview_link({}, k.given) == expected(k));
}

BOOST_AUTO_TEST_CASE(our_texts_replace_the_services) {
    options opts;
    opts.app_preset = app_preset{.avatar = std::vector<std::string>{"a1", "a2"}, .name = "ours"};
    const auto link = parse_link(preview_link(opts, "https://h.test/?name=theirs&avatar=x&avatar=y&desc=theirs"));
    BOOST_TEST((values(link, "name") == std::vector<std::string>{"ours"}));
    BOOST_TEST((values(link, "avatar") == std::vector<std::string>{"a1", "a2"}));
    BOOST_TEST((values(link, "desc") == std::vector<std::string>{"theirs"}));
}

BOOST_DATA_TEST_CASE(no_other_address_is_shown_to_a_user, data::make(unfit), address) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(preview_link({}, address)), invalid_option,
                          [](const invalid_option& e) { return e.option() == "verification_uri"; });
}

BOOST_AUTO_TEST_CASE(an_address_is_as_long_as_a_flow_takes) {
    const std::string longest = "https://h.test/" + std::string(16 * 1024 - 15, 'x');
    BOOST_TEST(preview_link({}, longest).size() == longest.size() + 1 + std::string_view{ours}.size());
    BOOST_CHECK_EXCEPTION(static_cast<void>(preview_link({}, longest + 'x')), invalid_option,
                          [](const invalid_option& e) { return e.option() == "verification_uri"; });
}

BOOST_AUTO_TEST_CASE(a_user_code_is_cut_as_a_flow_cuts_it) {
    options opts;
    opts.link_style = link_style::cli_page;
    const std::string kept(1024, 'A');
    BOOST_TEST(preview_link(opts, service_link, kept + "BC") == preview_link(opts, service_link, kept));
}

BOOST_AUTO_TEST_CASE(http_is_shown_for_loopback_and_only_if_the_domain_is) {
    options opts;
    opts.domain = "http://127.0.0.1:8080";
    for (const char* address : {"http://127.0.0.1/a", "http://localhost:1/a", "http://[::1]:1/a"})
        BOOST_CHECK_NO_THROW(static_cast<void>(preview_link(opts, address)));
    for (const char* address : {"http://h.test/", "http://x.localhost/a", "http://127.0.0.1.evil.test/",
                                "http://localhost.evil.test/", "http://0127.0.0.1x/"})
        BOOST_CHECK_THROW(static_cast<void>(preview_link(opts, address)), invalid_option);
}

BOOST_AUTO_TEST_CASE(the_cli_page_is_on_the_open_host_of_the_brand) {
    options opts;
    opts.link_style = link_style::cli_page;
    BOOST_TEST(preview_link(opts, service_link, "AB&1") ==
               std::string{"https://open.feishu.cn/page/cli?user_code=AB%261&"} + ours);
    // The user code is enough: the service's own link is ignored.
    BOOST_TEST(preview_link(opts, "", "AB") == std::string{"https://open.feishu.cn/page/cli?user_code=AB&"} + ours);
    BOOST_TEST(preview_link(opts, "javascript:alert(1)", "AB") ==
               std::string{"https://open.feishu.cn/page/cli?user_code=AB&"} + ours);
    opts.link_brand = brand::lark;
    opts.create_only = true;
    BOOST_TEST(preview_link(opts, service_link, "X") ==
               std::string{"https://open.larksuite.com/page/cli?user_code=X&"} + ours + "&createOnly=true");
    BOOST_CHECK_EXCEPTION(static_cast<void>(preview_link(opts, service_link)), invalid_option,
                          [](const invalid_option& e) { return e.option() == "user_code"; });
}

BOOST_AUTO_TEST_CASE(a_brand_moves_the_launcher_to_its_open_host) {
    options opts;
    opts.link_brand = brand::lark;
    BOOST_TEST(preview_link(opts, service_link, "AB&1") ==
               std::string{"https://open.larksuite.com/page/launcher?user_code=AB%261&"} + ours);
    BOOST_TEST(preview_link(opts, "", "AB") ==
               std::string{"https://open.larksuite.com/page/launcher?user_code=AB&"} + ours);
    opts.link_brand = brand::feishu;
    BOOST_TEST(preview_link(opts, "https://elsewhere.test/x", "AB") ==
               std::string{"https://open.feishu.cn/page/launcher?user_code=AB&"} + ours);
    BOOST_CHECK_EXCEPTION(static_cast<void>(preview_link(opts, service_link)), invalid_option,
                          [](const invalid_option& e) { return e.option() == "user_code"; });
    opts.link_brand.reset();
    BOOST_TEST(preview_link(opts, service_link) == std::string{service_link} + '&' + ours);
}

BOOST_AUTO_TEST_SUITE_END()
