// SPDX-License-Identifier: MIT
#include "base/json_fields.hpp"

#include "base/json_reader.hpp"

#include <algorithm>
#include <cstddef>

namespace lark::base {
namespace {

constexpr char separator = '.';

/// Whether `name` is that of the field `key` in the object `parent`, which is empty for the outermost.
bool names_field(std::string_view name, std::string_view parent, std::string_view key) noexcept {
    if (!parent.empty()) {
        if (!name.starts_with(parent)) return false;
        name.remove_prefix(parent.size());
        if (!name.starts_with(separator)) return false;
        name.remove_prefix(1);
    }
    return name == key && name.find(separator) == std::string_view::npos;
}

}  // namespace

class json_fields::reader final : public json_reader {
public:
    explicit reader(json_fields fields) : fields_(std::move(fields)) {}

    [[nodiscard]] json_fields take() { return std::move(fields_); }

private:
    void on_key(const std::string& key) override {
        if (!is_object() || depth() != depth_of_fields()) return;
        const auto& names = fields_.names_;
        const auto found =
            std::find_if(names.begin(), names.end(), [&](auto name) { return names_field(name, parent_, key); });
        current_ = found != names.end() ? &fields_.values_[static_cast<std::size_t>(found - names.begin())] : nullptr;
        name_ = found != names.end() ? *found : std::string_view{};
        in_array_ = false;
    }
    void on_object() override {
        set(json_object{});
        if (depth() != 1 || current_ == nullptr) return;
        parent_ = name_;
        for (std::size_t i = 0; i < fields_.names_.size(); ++i)
            if (fields_.names_[i].size() > parent_.size() && fields_.names_[i].starts_with(parent_) &&
                fields_.names_[i][parent_.size()] == separator)
                fields_.values_[i] = {};
    }
    void on_array() override {
        set(json_array{});
        in_array_ = in_array_ || (depth() == 1 && current_ != nullptr);
    }
    void on_end() override {
        if (depth() == 1) parent_ = {};
    }
    void on_null() override { set(json_null{}); }
    void on_integer(std::int64_t v) override { set(v); }
    void on_unsigned(std::uint64_t v) override { set(static_cast<double>(v)); }
    void on_double(double v) override { set(v); }
    void on_boolean(bool v) override { set(v); }
    void on_string(const std::string& text) override {
        if (in_array_ && depth() == 2) std::get<json_array>(*current_).texts.push_back(text);
        else set(secret{text});
    }

    [[nodiscard]] std::size_t depth_of_fields() const noexcept { return parent_.empty() ? 1 : 2; }
    /// Sets the field of the last key. A value at another depth is dropped: it is not that of a field.
    void set(json_value v) {
        if (current_ != nullptr && depth() == depth_of_fields()) *current_ = std::move(v);
    }

    json_fields fields_;
    json_value* current_ = nullptr;  ///< of the last key; null if it is not chosen
    std::string_view name_;          ///< its name
    std::string_view parent_;        ///< of the object that is open in the outermost; empty if none is
    bool in_array_ = false;          ///< the value of `current_` is an array in the outermost object
};

std::optional<json_fields> json_fields::read(const std::string& text, std::span<const std::string_view> names) {
    Poco::SharedPtr<reader> in{new reader{json_fields{names}}};
    if (!read_json(text, in) || !in->is_object()) return std::nullopt;
    return in->take();
}

const json_value& json_fields::at(std::string_view name) const noexcept {
    return values_[static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin())];
}

const std::string& json_fields::text(std::string_view name) const noexcept {
    static const std::string none;
    const auto* found = find<secret>(name);
    return found != nullptr ? found->reveal() : none;
}

std::optional<double> json_fields::number(std::string_view name) const noexcept {
    if (const auto* whole = find<std::int64_t>(name)) return static_cast<double>(*whole);
    if (const auto* number = find<double>(name)) return *number;
    return std::nullopt;
}

}  // namespace lark::base
