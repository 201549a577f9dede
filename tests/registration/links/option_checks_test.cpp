// SPDX-License-Identifier: MIT
// protocol.md, section 5: options are checked before the first request, and errors name the option.
#include <lark/registration/flow.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <ostream>
#include <string>

using namespace lark::registration;
namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

struct row {
    const char* message;
    const char* option;
    std::function<void(options&)> set;
};

std::ostream& operator<<(std::ostream& out, const row& r) { return out << r.message; }

std::vector<std::string> some(std::size_t n) { return std::vector<std::string>(n, "https://x.test/a.png"); }
app_preset pictured(std::vector<std::string> avatar) { return {.avatar = std::move(avatar)}; }

const row rows[] = {
    {"app_preset.avatar supports at most 6 URLs, got 7", "app_preset.avatar",
     [](options& o) { o.app_preset = pictured(some(7)); }},
    {"app_preset.avatar[1] must be a non-empty string", "app_preset.avatar",
     [](options& o) {
         o.app_preset = pictured({"u", ""});
     }},
    {"app_preset.avatar[0] must be a non-empty string; app_preset.avatar[2] must be a non-empty string",
     "app_preset.avatar",
     [](options& o) {
         o.app_preset = pictured({"", "u", ""});
     }},
    {"app_preset.avatar[0] must be valid UTF-8", "app_preset.avatar",
     [](options& o) { o.app_preset = pictured({"\xC3"}); }},
    {"app_preset.avatar[0] must not contain control characters", "app_preset.avatar",
     [](options& o) { o.app_preset = pictured({"a\nb"}); }},
    {"app_preset.name must be a non-empty string", "app_preset.name",
     [](options& o) { o.app_preset = app_preset{.name = ""}; }},
    {"app_preset.name must be valid UTF-8", "app_preset.name",
     [](options& o) { o.app_preset = app_preset{.name = "\xED\xA0\x80"}; }},
    {"app_preset.name must not contain a NUL character", "app_preset.name",
     [](options& o) { o.app_preset = app_preset{.name = "a\0b"s}; }},
    {"app_preset.desc must be valid UTF-8", "app_preset.desc",
     [](options& o) { o.app_preset = app_preset{.desc = "\xFF"}; }},
    {"app_preset.desc must not contain a NUL character", "app_preset.desc",
     [](options& o) { o.app_preset = app_preset{.desc = "\0"s}; }},
    {"addons.scopes.tenant[0] must be a non-empty string", "addons.scopes.tenant",
     [](options& o) { o.addons = addons{.scopes = {.tenant = {""}}}; }},
    {"addons.scopes.user[1] must be valid UTF-8", "addons.scopes.user",
     [](options& o) {
         o.addons = addons{.scopes = {.user = {"a", "\x80"}}};
     }},
    {"addons.events.items.tenant[0] must be a non-empty string", "addons.events.items.tenant",
     [](options& o) { o.addons = addons{.events = {.items = {.tenant = {""}}}}; }},
    {"addons.events.items.user[0] must not contain a NUL character", "addons.events.items.user",
     [](options& o) { o.addons = addons{.events = {.items = {.user = {"\0"s}}}}; }},
    {"addons.callbacks.items[0] must be a non-empty string", "addons.callbacks.items",
     [](options& o) { o.addons = addons{.callbacks = {.items = {""}}}; }},
    {"addons must contain at least one scope, event or callback, unless preset is false", "addons",
     [](options& o) { o.addons = addons{}; }},
    {"addons must contain at least one scope, event or callback, unless preset is false", "addons",
     [](options& o) { o.addons = addons{.preset = true}; }},
    {"app_id must be a non-empty string", "app_id", [](options& o) { o.app_id = ""; }},
    {"app_id must not contain control characters", "app_id", [](options& o) { o.app_id = "a\x1B"; }},
    {"link_style must be launcher or cli_page", "link_style",
     [](options& o) { o.link_style = static_cast<link_style>(7); }},
    {"link_brand must be feishu or lark", "link_brand", [](options& o) { o.link_brand = static_cast<brand>(7); }},
    {"source must be a non-empty string; app_id must be a non-empty string", "source",
     [](options& o) { o.source = "", o.app_id = ""; }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(option_checks)

BOOST_DATA_TEST_CASE(the_message_is_that_of_the_contract, data::make(rows), r) {
    options opts;
    r.set(opts);
    BOOST_CHECK_EXCEPTION(flow{opts}, invalid_option, [&](const invalid_option& e) {
        BOOST_TEST(e.what() == r.message);
        BOOST_TEST(e.option() == r.option);
        return true;
    });
}

BOOST_AUTO_TEST_CASE(avatars_are_written_in_any_of_these_ways) {
    const std::string text = "a";
    const std::vector<std::string> list{"a", "b"};
    BOOST_TEST(app_preset{}.avatar.empty());
    BOOST_TEST(app_preset{.avatar = {}}.avatar.empty());
    for (const auto& one : {app_preset{.avatar = "a"}, app_preset{.avatar = text}, app_preset{.avatar = {"a"}},
                            app_preset{.avatar = {text}}, app_preset{.avatar = {{"a"}}}}) {
        BOOST_REQUIRE(one.avatar.size() == 1u);
        BOOST_TEST(one.avatar[0] == "a");
    }
    for (const auto& two :
         {app_preset{.avatar = {"a", "b"}}, app_preset{.avatar = {text, std::string_view{"b"}}},
          app_preset{.avatar = {{"a", "b"}}}, app_preset{.avatar = list}, app_preset{.avatar = {list}}})
        BOOST_TEST((static_cast<const std::vector<std::string>&>(two.avatar) == list));
}

BOOST_AUTO_TEST_CASE(six_avatars_and_a_minimal_base_are_fine) {
    options opts;
    opts.app_preset = pictured(some(6));
    opts.addons = addons{.preset = false};
    BOOST_CHECK_NO_THROW(flow{opts});
}

BOOST_AUTO_TEST_SUITE_END()
