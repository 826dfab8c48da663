; What the little Lisp can do, and what it says when it cannot.
(define (fact n) (if (< n 2) 1 (* n (fact (- n 1)))))
(fact 25)
(define (count n total) (if (= n 0) total (count (- n 1) (+ total n))))
(count 10000 0)                       ; far deeper than any stack: a tail call
(define (map f l) (if (null? l) '() (cons (f (car l)) (map f (cdr l)))))
(map (lambda (x) (* x x)) '(1 2 3 4))
(define make-counter (lambda (n) (lambda () (begin (set! n (+ n 1)) n))))
(define tick (make-counter 41))
(tick)
(tick)
(let ((a 3) (b 4)) (+ (* a a) (* b b)))
(define (filter p l)
  (if (null? l) l
      (if (p (car l)) (cons (car l) (filter p (cdr l))) (filter p (cdr l)))))
(define (sort l)
  (if (null? l) l
      (let ((x (car l)) (rest (cdr l)))
        (append (sort (filter (lambda (y) (< y x)) rest)) (list x)
                (sort (filter (lambda (y) (not (< y x))) rest))))))
(sort '(3 1 4 1 5 9 2 6 5 3 5))
tick
(if #f 1)
'(quoted (list 1.5 #t) symbol)
(display (list 'fizz (mod 15 4)))
(undefined-thing 1)
(fact 1 2)
(car
