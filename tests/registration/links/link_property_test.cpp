// SPDX-License-Identifier: MIT
// Any valid options give a valid link that decodes to the same options.
#include "parsed_link.hpp"

#include <lark/registration/addons.hpp>
#include <lark/registration/link.hpp>
#include <lark/registration/options.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace lark::registration;
using namespace lark::test;

namespace {

/// Options from a seeded generator: the same in every run, so a failure can be reproduced.
class generator {
public:
    explicit generator(unsigned seed) : random_(seed) {}

    options next() {
        options out;
        if (coin()) out.source = text(0x20, 60);
        if (coin()) {
            out.app_preset.emplace();
            if (coin()) out.app_preset->avatar = list(1, 6);
            if (coin()) out.app_preset->name = text(0x01, 20);
            if (coin()) out.app_preset->desc = text(0x01, 60);
        }
        if (coin()) {
            addons a{
                .scopes = {list(0, 3), list(0, 3)}, .events = {{list(0, 3), list(0, 3)}}, .callbacks = {list(0, 3)}};
            if (coin()) a.preset = coin();
            a.scopes.tenant.push_back(text(0x20, 30));
            out.addons = a;
        }
        out.create_only = coin();
        if (coin()) out.app_id = text(0x20, 30);
        return out;
    }

private:
    bool coin() { return number(0, 1) == 1; }
    int number(int low, int high) { return std::uniform_int_distribution<int>{low, high}(random_); }

    std::vector<std::string> list(int least, int most) {
        std::vector<std::string> out(static_cast<std::size_t>(number(least, most)));
        for (auto& item : out) item = text(0x20, 40);
        return out;
    }

    /// 1 to `most` characters from `smallest` on, many of them delimiters, some from everywhere in Unicode.
    std::string text(int smallest, int most) {
        std::string out;
        for (int n = number(1, most); n > 0; --n) {
            switch (number(0, 3)) {
            case 0: out += "&=#+%?/ \"'\\{}"[number(0, 12)]; break;
            case 1: append(out, number(0xA0, 0x7FF)); break;
            case 2: append(out, number(0xE000, 0x10FFFF)); break;
            default: append(out, number(smallest, 0x7E));
            }
            if (out.size() > 200) break;
        }
        return out;
    }

    static void append(std::string& out, int c) {
        const auto put = [&](int b) { out += static_cast<char>(b); };
        if (c < 0x80) put(c);
        else if (c < 0x800) put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
        else if (c < 0x10000) put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
        else put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    }

    std::mt19937 random_;
};

std::optional<std::string> one(const parsed_link& link, const char* name) {
    const auto found = values(link, name);
    BOOST_TEST(found.size() <= 1u);
    return found.empty() ? std::nullopt : std::optional{found.front()};
}

/// The options that a page would read from the link.
options read_off(const parsed_link& link) {
    options out;
    const auto source = one(link, "source").value_or("");
    BOOST_TEST(source.substr(0, 7) == "cpp-sdk");
    if (source.size() > 8) out.source = source.substr(8);
    app_preset preset;
    if (auto avatar = values(link, "avatar"); !avatar.empty()) preset.avatar = avatar;
    preset.name = one(link, "name");
    preset.desc = one(link, "desc");
    if (!(preset == app_preset{})) out.app_preset = preset;
    if (const auto value = one(link, "addons")) out.addons = addons_from_json(decode_addons(*value));
    out.create_only = one(link, "createOnly") == "true";
    out.app_id = one(link, "clientID");
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(any_valid_options_can_be_read_off_their_link) {
    generator random{20261123};
    for (int i = 0; i < 1000; ++i) {
        const auto given = random.next();
        const auto link = parse_link(preview_link(given, "https://open.feishu.cn/p%2Fq?user_code=A-1&x=%20#frag"));
        const auto read = read_off(link);
        BOOST_TEST(link.before_query == "https://open.feishu.cn/p%2Fq");
        BOOST_TEST(link.raw_query.rfind("user_code=A-1&x=%20&from=sdk&tp=sdk&source=", 0) == 0u);
        BOOST_TEST(link.fragment == "#frag");
        BOOST_TEST((read.source == given.source));
        BOOST_TEST((read.app_preset.value_or(app_preset{}) == given.app_preset.value_or(app_preset{})));
        BOOST_TEST((read.addons == given.addons));
        BOOST_TEST(read.create_only == given.create_only);
        BOOST_TEST((read.app_id == given.app_id));
    }
}
