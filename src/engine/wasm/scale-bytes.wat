;; What scale-bytes.ts holds in compiled form.
(module
  ;; The memory of tfjs's own module.
  (import "tfjs" "memory" (memory 0))

  ;; Writes `count` float32 values, `byte * scale + offset`, to `$to`. The bytes may be the last ones of the memory that is written
  ;; to: whatever is overwritten was read before.
  (func (export "scaleBytes")
    (param $from i32) (param $to i32) (param $count i32) (param $scale f32) (param $offset f32)
    (local $end i32) (local $last i32) (local $scales v128) (local $offsets v128) (local $bytes v128)
    (local.set $last (i32.add (local.get $from) (local.get $count)))
    (local.set $end (i32.add (local.get $from) (i32.and (local.get $count) (i32.const -8))))
    (local.set $scales (f32x4.splat (local.get $scale)))
    (local.set $offsets (f32x4.splat (local.get $offset)))
    (block $done
      (loop $eight
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (local.set $bytes (v128.load8x8_u (local.get $from)))
        (v128.store (local.get $to)
          (f32x4.add
            (f32x4.mul (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $bytes))) (local.get $scales))
            (local.get $offsets)))
        (v128.store offset=16 (local.get $to)
          (f32x4.add
            (f32x4.mul (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $bytes))) (local.get $scales))
            (local.get $offsets)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (local.set $to (i32.add (local.get $to) (i32.const 32)))
        (br $eight)))
    (block $all
      (loop $one
        (br_if $all (i32.ge_u (local.get $from) (local.get $last)))
        (f32.store (local.get $to)
          (f32.add
            (f32.mul (f32.convert_i32_u (i32.load8_u (local.get $from))) (local.get $scale))
            (local.get $offset)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (br $one)))))
