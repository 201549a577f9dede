// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace lark::injected::detail {

template <class T>
class fifo;

/// Base of the elements of a `fifo`. An element can be in one list at a time.
template <class T>
class fifo_element {
public:
    fifo_element() = default;
    fifo_element(const fifo_element&) = delete;
    fifo_element& operator=(const fifo_element&) = delete;

    /// Takes the element out of the list that it is in, if any.
    void unlink() noexcept {
        if (list_ != nullptr) list_->remove(*this);
    }
    [[nodiscard]] bool is_linked() const noexcept { return list_ != nullptr; }
    [[nodiscard]] bool is_in(const fifo<T>& list) const noexcept { return list_ == &list; }

protected:
    ~fifo_element() { unlink(); }

private:
    friend class fifo<T>;
    fifo<T>* list_ = nullptr;
    fifo_element* previous_ = nullptr;
    fifo_element* next_ = nullptr;
};

/// First in, first out, through links in the elements: nothing is allocated, so nothing can fail, and an element can be
/// taken out of the middle (a registration that is cancelled while it waits), so nothing stale piles up.
template <class T>
class fifo {
public:
    fifo() = default;
    fifo(const fifo&) = delete;
    fifo& operator=(const fifo&) = delete;
    ~fifo() {
        while (pop_front() != nullptr) {}
    }

    /// `element` must not be in any list.
    void push_back(fifo_element<T>& element) noexcept {
        element.list_ = this;
        element.previous_ = last_;
        element.next_ = nullptr;
        (last_ != nullptr ? last_->next_ : first_) = &element;
        last_ = &element;
        ++size_;
    }

    /// Null when there is none.
    T* pop_front() noexcept {
        auto* element = first_;
        if (element == nullptr) return nullptr;
        remove(*element);
        return static_cast<T*>(element);
    }

    /// Null when there is none.
    [[nodiscard]] T* front() const noexcept { return static_cast<T*>(first_); }
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    friend class fifo_element<T>;

    void remove(fifo_element<T>& element) noexcept {
        (element.previous_ != nullptr ? element.previous_->next_ : first_) = element.next_;
        (element.next_ != nullptr ? element.next_->previous_ : last_) = element.previous_;
        element.list_ = nullptr;
        element.previous_ = element.next_ = nullptr;
        --size_;
    }

    fifo_element<T>* first_ = nullptr;
    fifo_element<T>* last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace lark::injected::detail
