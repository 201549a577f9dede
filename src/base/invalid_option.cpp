#include <lark/invalid_option.hpp>

#include <utility>

namespace lark {

invalid_option::invalid_option(std::string option, const std::string& message)
    : std::invalid_argument(message), option_(std::move(option)) {}

invalid_option::~invalid_option() = default;

}  // namespace lark
