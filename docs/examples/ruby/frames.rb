# SPDX-License-Identifier: MIT OR Apache-2.0
# A frame loop in Ruby: frames, tags, a callback, an id, a refusal, and books that balance at the end.
require_relative "framealloc"

config = Framealloc::Struct.new("fa_config")
config["frame_cap"] = 1 << 20
allocator = Framealloc.fa_allocator_create(config)
silent = Framealloc.callback("fa_diagnostic_sink") { |_user, _report| nil }
Framealloc.fa_diagnostic_set_sink(allocator, silent, nil)

ended = 0
at_end = Framealloc.callback("fa_cleanup") { |_user| ended += 1 }
physics = Framealloc.fa_tag_get(allocator, "physics")
taken = 0
100.times do |number|
  Framealloc.frame(allocator) do
    Framealloc.fa_tag_push(allocator, physics)
    block = Framealloc.fa_frame_alloc(allocator, 256, 16)
    block[0, 256] = [number].pack("L") * 64
    taken += block[252, 4].unpack1("L")
    Framealloc.fa_tag_pop(allocator)
    Framealloc.fa_frame_cleanup(allocator, at_end, nil)
  end
end
puts "#{taken} counted, #{ended} frames cleaned up"

tag = Framealloc::Struct.new("fa_tag_stats")
Framealloc.fa_tag_get_stats(allocator, physics, tag)
puts "physics took #{tag["frame_total_bytes"]} bytes, #{tag["frame.live_bytes"]} are left"

level = Framealloc.out("uint64") { |id| Framealloc.fa_group_create(allocator, "level", id) }
Framealloc.fa_group_alloc(allocator, level, 1000, 16)
group = Framealloc::Struct.new("fa_group_stats")
Framealloc.fa_group_get_stats(allocator, level, group)
puts "group #{group["name"]} has #{group["count"]} block of #{group["bytes"]} bytes"
Framealloc.fa_group_destroy(allocator, level)

begin
  Framealloc.fa_group_alloc(allocator, level, 1, 16)
rescue Framealloc::Error => error
  puts "refused: #{error.message}"
end

stats = Framealloc::Struct.new("fa_stats")
Framealloc.fa_allocator_stats(allocator, stats)
frames = "#{stats["frame.live_count"]} of #{stats["frame.allocations"]} frame blocks"
puts "live: #{frames}, #{stats["heap.live_count"]} heap blocks"
Framealloc.fa_allocator_release(allocator)
