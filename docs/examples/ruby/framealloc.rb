# SPDX-License-Identifier: MIT OR Apache-2.0
# libframealloc for Ruby, made from the description when it is loaded: see docs/binding-another-language.md.
require "fiddle"
require "json"

module Framealloc
  DESCRIPTION = JSON.parse(File.read(ENV["FRAMEALLOC_ABI"] || `pkg-config --variable=abi_json framealloc`.strip))
  LIBRARY = Fiddle.dlopen(ENV["FRAMEALLOC_LIBRARY"] || DESCRIPTION["library"]["soname"])
  TYPES = DESCRIPTION["types"].to_h { |type| [type["name"], type] }
  FIDDLE = {
    "void" => Fiddle::TYPE_VOID, "int32" => Fiddle::TYPE_INT, "uint32" => -Fiddle::TYPE_INT,
    "int64" => Fiddle::TYPE_LONG_LONG, "uint64" => -Fiddle::TYPE_LONG_LONG, "size" => Fiddle::TYPE_SIZE_T,
    "double" => Fiddle::TYPE_DOUBLE, "pointer" => Fiddle::TYPE_VOIDP
  }.freeze
  PACK = {
    "int32" => "l", "uint32" => "L", "int64" => "q", "uint64" => "Q", "size" => "Q", "double" => "d", "pointer" => "J"
  }.freeze

  DESCRIPTION["constants"].each do |constant|
    value = constant["type"] == "uint64" ? Integer(constant["value"]) : constant["value"]
    const_set(constant["name"], value)
  end

  # A status that is no success. Its text comes from the library.
  class Error < StandardError
    attr_reader :status

    def initialize(status)
      @status = status
      super(Framealloc.fa_status_message(status).to_s)
    end
  end

  # A struct: bytes, whose fields are read and written where the description says.
  class Struct
    attr_reader :memory

    def initialize(name)
      @type = TYPES.fetch(name)
      @memory = Fiddle::Pointer.malloc(@type["size"], Fiddle::RUBY_FREE)
      @memory[0, @type["size"]] = "\0" * @type["size"]
      values = @type.dig("initializer", "values") || []
      @type["fields"].zip(values) { |field, value| self[field["name"]] = value if value.is_a?(Numeric) }
      self["struct_size"] = @type["size"] if @type["versioned"]
    end

    def [](name)
      *outer, last = name.split(".")
      offset, fields = 0, @type["fields"]
      outer.each do |part|
        field = find(fields, part)
        offset += field["offset"]
        fields = TYPES.fetch(field["base"])["fields"]
      end
      read(find(fields, last), offset)
    end

    def []=(name, value)
      field = find(@type["fields"], name)
      @memory[field["offset"], field["size"]] = [value].pack(PACK.fetch(field["abi"]))
    end

    private

    def find(fields, name)
      fields.find { |field| field["name"] == name } or raise KeyError, "#{@type["name"]} has no #{name}"
    end

    def read(field, offset)
      bytes = @memory[offset + field["offset"], field["size"]]
      field["base"] == "char" ? bytes.unpack1("Z*") : bytes.unpack1(PACK.fetch(field["abi"]))
    end
  end

  # A function of Ruby as a callback of the library. Whoever makes one keeps it as long as the library may call it.
  def self.callback(name, &block)
    type = TYPES.fetch(name)
    kinds = type["parameters"].map { |parameter| FIDDLE.fetch(parameter["abi"]) }
    Fiddle::Closure::BlockCaller.new(FIDDLE.fetch(type["result"]["abi"]), kinds, &block)
  end

  def self.bind(function)
    arguments = function["parameters"].map { |parameter| FIDDLE.fetch(parameter["abi"]) }
    result = function["result"]
    native = Fiddle::Function.new(LIBRARY[function["name"]], arguments, FIDDLE.fetch(result["abi"]))
    define_singleton_method(function["name"]) do |*given|
      answer = native.call(*given.map { |value| value.is_a?(Struct) ? value.memory : value })
      raise Error, answer if result["status"] && answer != FA_OK
      raise Error, fa_last_status if result["ownership"] && answer.null?
      answer
    end
  end

  DESCRIPTION["functions"].each do |function|
    list = function["parameters"].any? { |parameter| parameter["abi"] == "va_list" }
    next if !function["exported"] || function["variadic"] || list

    bind(function)
  end
  fa_version_check(FA_VERSION)

  # An out parameter of eight bytes or fewer: yields its address, returns what was written there.
  def self.out(abi)
    room = Fiddle::Pointer.malloc(8, Fiddle::RUBY_FREE)
    room[0, 8] = "\0" * 8
    yield room
    room[0, 8].unpack1(PACK.fetch(abi))
  end

  def self.frame(allocator)
    fa_frame_begin(allocator)
    yield
  ensure
    fa_frame_end(allocator) if fa_frame_active(allocator) == 1
  end
end
