// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lark {

namespace detail {
template <class T>
concept text = std::convertible_to<const T&, std::string_view> && !std::same_as<T, std::nullptr_t>;
}  // namespace detail

/// Texts in order, for an option that takes one or several: `.avatar = "a"`, `.avatar = {"a", "b"}`, or a
/// `std::vector<std::string>`.
///
/// It takes the place of that vector, where one pair of braces too many around two literals makes one `std::string` of
/// them, from two pointers that are not a range: undefined behaviour. Here that does not compile.
///
/// Threads: like `std::vector`. Throws: `std::bad_alloc` only.
class string_list {
public:
    /// One text of a list in braces. It is made of one argument, so that nested braces cannot make one of two.
    class item {
    public:
        template <detail::text Text>
        item(const Text& text) : text_{text} {}  ///< refers to `text`

    private:
        friend class string_list;
        std::string_view text_;
    };

    string_list() = default;                                           ///< empty
    string_list(std::initializer_list<item> texts) { append(texts); }  ///< copies them
    template <detail::text Text>
    string_list(const Text& only) : texts_{std::string{std::string_view{only}}} {}  ///< one text
    template <std::same_as<std::vector<std::string>> Texts>
    string_list(Texts texts) : texts_{std::move(texts)} {}  ///< takes them over

    /// The same texts. The reference lives as long as this object.
    [[nodiscard]] operator const std::vector<std::string>&() const noexcept { return texts_; }

    [[nodiscard]] auto begin() const noexcept { return texts_.begin(); }       ///< the first
    [[nodiscard]] auto end() const noexcept { return texts_.end(); }           ///< past the last
    [[nodiscard]] bool empty() const noexcept { return texts_.empty(); }       ///< whether there is none
    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }  ///< how many
    [[nodiscard]] const std::string& operator[](std::size_t i) const noexcept { return texts_[i]; }  ///< `i` < `size()`
    void push_back(std::string text) { texts_.push_back(std::move(text)); }                          ///< at the end
    void emplace_back(std::string_view text) { texts_.emplace_back(text); }                          ///< at the end
    /// Before `at`, as `std::vector::insert`.
    template <class Iterator>
    void insert(std::vector<std::string>::const_iterator at, Iterator first, Iterator last) {
        texts_.insert(at, first, last);
    }

    friend bool operator==(const string_list&, const string_list&) = default;

private:
    void append(std::initializer_list<item> texts) {
        texts_.reserve(texts.size());
        for (const auto& one : texts) texts_.emplace_back(one.text_);
    }

    std::vector<std::string> texts_;
};

}  // namespace lark
