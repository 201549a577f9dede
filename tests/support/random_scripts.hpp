// SPDX-License-Identifier: MIT
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

/// Random scripts against an oracle. Each script is made from its number alone, so one that failed can be played again:
/// `LARK_SCRIPT=4711 …/test-…`. `LARK_SCRIPTS=100000` sets their number; `./dev check scripts` sets it.
namespace lark::test {

class dice {
public:
    explicit dice(std::uint64_t number) : engine_(number * 0x9E3779B97F4A7C15U + 1) {}

    /// From 0 to `n` - 1.
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <class Container>
    auto& one_of(Container& all) {
        return all[below(all.size())];
    }

private:
    std::mt19937_64 engine_;
};

/// Keeps the first claim that did not hold; usable where an exception would end the process.
class claims {
public:
    void claim(bool holds, std::string_view text) {
        if (!holds && broken_.empty()) broken_ = text;
    }
    [[nodiscard]] bool good() const noexcept { return broken_.empty(); }
    [[nodiscard]] const std::string& broken() const noexcept { return broken_; }

private:
    std::string broken_;
};

/// Calls `play(dice&)`, which returns the first claim that did not hold, or an empty text.
template <class Play>
void play_scripts(Play play) {
    const auto number_in = [](const char* name, std::uint64_t otherwise) {
        const char* text = std::getenv(name);
        return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
    };
    const auto count = number_in("LARK_SCRIPTS", 1'000);
    const auto only = number_in("LARK_SCRIPT", 0);
    for (auto number = only != 0 ? only : 1; number <= (only != 0 ? only : count); ++number) {
        dice random{number};
        const std::string broken = play(random);
        BOOST_REQUIRE_MESSAGE(broken.empty(), "script " << number << ": " << broken);
    }
}

}  // namespace lark::test
