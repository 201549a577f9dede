#include "output.hpp"

#include <unistd.h>

#include <cerrno>

namespace lark_register {

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw std::system_error(errno, std::generic_category(), "cannot write the output");
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace lark_register
