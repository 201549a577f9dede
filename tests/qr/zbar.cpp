// SPDX-License-Identifier: MIT
#include "picture.hpp"

#include <dlfcn.h>

#include <memory>
#include <stdexcept>

// zbar reads the codes back. Only its run-time library is needed (Debian: libzbar0); its development package would
// bring eighty others. The prototypes are those of its stable C interface, as its documentation gives them.
namespace {

void* library() {
    static void* const handle = ::dlopen("libzbar.so.0", RTLD_NOW);
    return handle;
}

template <class Function>
Function* entry(const char* name) {
    void* const address = library() ? ::dlsym(library(), name) : nullptr;
    if (!address) throw std::runtime_error(std::string("libzbar.so.0 is not there, or has no ") + name);
    return reinterpret_cast<Function*>(address);
}

constexpr unsigned long grey_8_bit = 'Y' | '8' << 8 | '0' << 16 | '0' << 24;

}  // namespace

bool scanner_available() { return library() != nullptr; }

std::vector<std::string> scan(const picture& p) {
    const std::unique_ptr<void, void (*)(void*)> scanner{entry<void*()>("zbar_image_scanner_create")(),
                                                         entry<void(void*)>("zbar_image_scanner_destroy")};
    entry<int(void*, int)>("zbar_image_scanner_request_dbus")(scanner.get(), 0);  // no notification on the desktop
    const std::unique_ptr<void, void (*)(void*)> image{entry<void*()>("zbar_image_create")(),
                                                       entry<void(void*)>("zbar_image_destroy")};
    entry<void(void*, unsigned long)>("zbar_image_set_format")(image.get(), grey_8_bit);
    entry<void(void*, unsigned, unsigned)>("zbar_image_set_size")(image.get(), static_cast<unsigned>(p.width),
                                                                  static_cast<unsigned>(p.height));
    entry<void(void*, const void*, unsigned long, void (*)(void*))>("zbar_image_set_data")(image.get(), p.pixels.data(),
                                                                                           p.pixels.size(), nullptr);
    if (entry<int(void*, void*)>("zbar_scan_image")(scanner.get(), image.get()) < 0)
        throw std::runtime_error("zbar failed");
    std::vector<std::string> found;
    const auto* symbol = entry<const void*(const void*)>("zbar_image_first_symbol")(image.get());
    for (; symbol; symbol = entry<const void*(const void*)>("zbar_symbol_next")(symbol)) {
        found.emplace_back(entry<const char*(const void*)>("zbar_symbol_get_data")(symbol),
                           entry<unsigned(const void*)>("zbar_symbol_get_data_length")(symbol));
    }
    return found;
}
