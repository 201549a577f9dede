// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/api_handler.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lark::fake {

/// The handlers of a test, by method and path.
class api_routes {
public:
    using parameters = std::map<std::string, std::string, std::less<>>;

    /// One of the same method and path is replaced. Throws `std::invalid_argument` for a path that is not under `root`,
    /// and without a handler.
    void add(std::string method, std::string path, std::string_view root, api_handler handler);

    /// The first one that matches, or null; `found` then holds the segments by name, decoded.
    [[nodiscard]] const api_handler* find(std::string_view method, std::string_view url, parameters& found) const;

private:
    struct route {
        std::string method;
        std::string path;
        api_handler handler;
    };
    std::vector<route> routes_;
};

}  // namespace lark::fake
