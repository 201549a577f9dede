// SPDX-License-Identifier: MIT
#include "tls_session.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <array>
#include <new>

namespace lark::fake {

tls_session::tls_session(SSL_CTX* context)
    : ssl_(SSL_new(context)), from_wire_(BIO_new(BIO_s_mem())), to_wire_(BIO_new(BIO_s_mem())) {
    if (!ssl_ || !from_wire_ || !to_wire_) {
        BIO_free(from_wire_);
        BIO_free(to_wire_);
        throw std::bad_alloc();
    }
    SSL_set_bio(ssl_.get(), from_wire_, to_wire_);
    SSL_set_accept_state(ssl_.get());
}

bool tls_session::receive(std::string_view bytes, std::string& plain, std::string& wire) {
    ERR_clear_error();
    if (!bytes.empty() && BIO_write(from_wire_, bytes.data(), static_cast<int>(bytes.size())) <= 0) return false;
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        std::size_t size = 0;
        const int done = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
        if (done == 1) {
            plain.append(buffer.data(), size);
            continue;
        }
        const int reason = SSL_get_error(ssl_.get(), done);
        take_output(wire);
        return reason == SSL_ERROR_WANT_READ;
    }
}

bool tls_session::send(std::string_view plain, std::string& wire) {
    ERR_clear_error();
    std::size_t size = 0;
    // A memory BIO takes all there is.
    if (!plain.empty() && SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &size) != 1) return false;
    take_output(wire);
    return true;
}

void tls_session::close(std::string& wire) {
    ERR_clear_error();
    if (established()) SSL_shutdown(ssl_.get());
    take_output(wire);
}

bool tls_session::established() const noexcept { return SSL_is_init_finished(ssl_.get()) == 1; }

void tls_session::take_output(std::string& wire) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(to_wire_, &data);
    if (size <= 0) return;
    wire.append(data, static_cast<std::size_t>(size));
    static_cast<void>(BIO_reset(to_wire_));
}

}  // namespace lark::fake
