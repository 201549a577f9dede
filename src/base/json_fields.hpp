// SPDX-License-Identifier: MIT
#pragma once

#include <lark/secret.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lark::base {

struct json_null {};
struct json_object {};
struct json_array {
    std::vector<std::string> texts;  ///< its strings; not kept of an array in an inner object
};
/// The value of a field; of the first type if there is no such field. A number beyond `std::int64_t` is a double.
using json_value = std::variant<std::monostate, json_null, bool, std::int64_t, double, secret, json_array, json_object>;

/// The chosen fields of a JSON object, read without a tree, whose strings would not be wiped. Of a duplicated name the
/// last one counts.
class json_fields {
public:
    /// Nothing if the text is not a JSON object. The field `b` in the object `a` has the name `a.b`. The names outlive
    /// the fields. Throws `std::bad_alloc` only.
    [[nodiscard]] static std::optional<json_fields> read(const std::string& text,
                                                         std::span<const std::string_view> names);

    [[nodiscard]] const json_value& at(std::string_view name) const noexcept;
    /// Null if it has another type.
    template <class Type>
    [[nodiscard]] const Type* find(std::string_view name) const noexcept {
        return std::get_if<Type>(&at(name));
    }
    /// Empty if it is not a string.
    [[nodiscard]] const std::string& text(std::string_view name) const noexcept;
    /// Nothing if it is not a number.
    [[nodiscard]] std::optional<double> number(std::string_view name) const noexcept;

private:
    class reader;
    explicit json_fields(std::span<const std::string_view> names) : names_(names), values_(names.size() + 1) {}

    std::span<const std::string_view> names_;
    std::vector<json_value> values_;  ///< by name, and one that is absent for all other names
};

}  // namespace lark::base
