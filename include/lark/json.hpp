// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lark {

/// A JSON value to read from: what the Open Platform answered. Immutable; a copy shares the whole text's tree.
///
///     for (std::size_t i = 0; i < reply.data["items"].size(); ++i)
///         names.push_back(reply.data["items"][i]["name"].as_string().value_or("?"));
///
/// A missing member reads as an absent value, at any depth, and a value of another type as `nullopt`: nothing throws
/// for the content of a reply. Of a duplicated key the last one counts. For more than reading, hand `text()` to a JSON
/// library.
///
/// Threads: reading one value from several threads at once is fine. Throws `std::bad_alloc` only.
class LARK_EXPORT json {
public:
    /// The kind of a value.
    enum class type {
        absent,   ///< there is no such member or element
        null,     ///< `null`; also an integer beyond 64 bits, or any other number beyond a double
        boolean,  ///< `true` or `false`
        number,   ///< integer or not
        string,   ///< text
        array,    ///< elements, see `size`
        object,   ///< members, see `size`
    };

    /// Absent.
    json() noexcept = default;

    /// Nothing if `text` is not a JSON array or object, or nests deeper than 64. Each byte that is not UTF-8 and a lone
    /// surrogate escape read as U+FFFD, and so does `\u0000` in the name of a member.
    [[nodiscard]] static std::optional<json> parse(const std::string& text);

    /// `text` as a JSON string, quotes included, for building a body. Bytes that are not UTF-8 become U+FFFD.
    [[nodiscard]] static std::string quote(std::string_view text);

    [[nodiscard]] type kind() const noexcept;  ///< what this value is
    /// False if absent; `null` is present.
    [[nodiscard]] explicit operator bool() const noexcept { return node_ != nullptr; }

    /// The member of an object, or absent.
    [[nodiscard]] json operator[](std::string_view key) const noexcept;
    /// The element of an array, or the value of an object's member in the order of the text, or absent.
    [[nodiscard]] json operator[](std::size_t index) const noexcept;
    /// How many elements or members; 0 for all else.
    [[nodiscard]] std::size_t size() const noexcept;
    /// The name of an object's member, in the order of the text; empty if there is none. The view lives as long as any
    /// value of the same text.
    [[nodiscard]] std::string_view key(std::size_t index) const noexcept;

    [[nodiscard]] std::optional<std::string> as_string() const;  ///< the text, if it is a string
    /// A whole number over -2⁵³ and up to the largest of a signed 64-bit integer; `2.0` is none, and neither is `"2"`.
    /// Lower ones are read rounded, and so are to be had from `as_number` alone.
    [[nodiscard]] std::optional<std::int64_t> as_integer() const noexcept;
    [[nodiscard]] std::optional<double> as_number() const noexcept;  ///< any number, rounded if need be
    [[nodiscard]] std::optional<bool> as_boolean() const noexcept;   ///< `true` or `false`, if it is one

    /// The value as JSON text without blanks, members in their order; empty if absent. Numbers keep their value, not
    /// their spelling: `2.0` is written `2`. `parse` reads the text back as the same value.
    [[nodiscard]] std::string text() const;

private:
    struct node;
    class builder;
    explicit json(std::shared_ptr<const node> n) noexcept;
    [[nodiscard]] json child(const node& n) const noexcept;
    static void write(const node& n, std::string& out);

    std::shared_ptr<const node> node_;  // shares the ownership of the whole tree
};

}  // namespace lark
