using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>
/// Reads one strict DAG-CBOR block item by item. Never throws on input and never allocates (but for <see cref="TryReadCid"/>).
/// The first thing found wrong is kept in <see cref="Status"/> and every later read returns false, so a caller may read a whole
/// record and look once. Containers end by themselves after as many items as they announced. A block is good only when
/// <see cref="End"/> says so.
/// </summary>
/// <remarks>
/// Spec: DAG-CBOR, and limits §1. All rules are enforced while reading (shortest forms, key order, UTF-8, links, depth, counts),
/// so no separate validation is needed. Stricter than the specification: negative zero is refused.
/// </remarks>
public ref struct DagCborReader
{
    private const int NoKey = -1; // length of the previous key in a fresh map
    private const int NotAMap = -2;

    private readonly ReadOnlySpan<byte> _source;
    private readonly DagCborOptions _options;
    private DagCborFrames _parents;
    private DagCborFrame _current;
    private int _depth;
    private int _itemsLeft;
    private int _at;
    private ulong _number;
    private ReadOnlySpan<byte> _content;

    /// <summary>Starts at the first byte.</summary>
    /// <param name="source">All bytes of the block.</param>
    /// <param name="options">Limits, <see cref="DagCborOptions.Default"/> when null.</param>
    public DagCborReader(ReadOnlySpan<byte> source, DagCborOptions? options = null)
    {
        _source = source;
        _options = options ?? DagCborOptions.Default;
        _itemsLeft = _options.ItemsMax;
        _current = new DagCborFrame { ItemsLeft = 1, KeyLength = NotAMap };
    }

    /// <summary>None while reading; then <see cref="DagCborStatus.Valid"/> or what went wrong first.</summary>
    public DagCborStatus Status { get; private set; }

    /// <summary>Whether something went wrong.</summary>
    public readonly bool Failed => Status > DagCborStatus.Valid;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _at;

    /// <summary>Containers that are open.</summary>
    public readonly int Depth => _depth;

    /// <summary>Kind of the next item. Only its first byte is looked at; the item may still turn out malformed.</summary>
    public readonly DagCborKind PeekKind()
    {
        if (Status != DagCborStatus.None || _current.ItemsLeft == 0 || _at >= _source.Length)
        {
            return DagCborKind.None;
        }

        byte first = _source[_at];
        return (first >> 5) switch
        {
            0 => DagCborKind.UInt,
            1 => DagCborKind.NegativeInt,
            2 => DagCborKind.Bytes,
            3 => DagCborKind.Text,
            4 => DagCborKind.Array,
            5 => DagCborKind.Map,
            6 => DagCborKind.Cid,
            _ => first switch
            {
                0xf4 or 0xf5 => DagCborKind.Bool,
                0xf6 => DagCborKind.Null,
                0xf9 or 0xfa or 0xfb => DagCborKind.Float,
                _ => DagCborKind.None,
            },
        };
    }

    /// <summary>Opens a map; <paramref name="count"/> keys, each followed by a value, come next.</summary>
    /// <param name="count">Number of keys, at most the limit of the options.</param>
    public bool TryReadMapStart(out int count) => TryReadStart(DagCborKind.Map, out count);

    /// <summary>Opens an array; <paramref name="count"/> items come next.</summary>
    /// <param name="count">Number of items; there are at least as many bytes left.</param>
    public bool TryReadArrayStart(out int count) => TryReadStart(DagCborKind.Array, out count);

    /// <summary>Reads text, a map key too.</summary>
    /// <param name="utf8">A slice of the source; valid UTF-8.</param>
    public bool TryReadText(out ReadOnlySpan<byte> utf8)
    {
        bool read = Expect(DagCborKind.Text) && Advance();
        utf8 = read ? _content : default;
        return read;
    }

    /// <summary>Reads the next map key if it is <paramref name="key"/>; otherwise reads nothing and nothing fails. For optional fields.</summary>
    /// <param name="key">UTF-8, at most 255 bytes.</param>
    public bool TryReadKey(ReadOnlySpan<byte> key)
    {
        int head = key.Length < 24 ? 1 : 2;
        if (Status != DagCborStatus.None || !IsAtKey || _source.Length - _at < head + key.Length)
        {
            return false;
        }

        byte first = head == 1 ? (byte)(0x60 | key.Length) : (byte)0x78;
        return _source[_at] == first && (head == 1 || _source[_at + 1] == key.Length)
            && _source.Slice(_at + head, key.Length).SequenceEqual(key) && Advance();
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="value">A slice of the source.</param>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        bool read = Expect(DagCborKind.Bytes) && Advance();
        value = read ? _content : default;
        return read;
    }

    /// <summary>Reads an integer of 0 or more.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadUInt(out ulong value)
    {
        bool read = Expect(DagCborKind.UInt) && Advance();
        value = read ? _number : 0;
        return read;
    }

    /// <summary>Reads an integer; one outside the range of <see cref="long"/> fails.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadInt(out long value)
    {
        value = 0;
        bool negative = PeekKind() == DagCborKind.NegativeInt;
        if (!Expect(negative ? DagCborKind.NegativeInt : DagCborKind.UInt) || !Advance())
        {
            return false;
        }

        if (_number > long.MaxValue)
        {
            return Fail(DagCborStatus.IntegerRange);
        }

        value = negative ? -1 - (long)_number : (long)_number;
        return true;
    }

    /// <summary>Reads a negative integer of any size that CBOR has.</summary>
    /// <param name="magnitude">The value without its sign: 1 to 2^64.</param>
    public bool TryReadNegative(out UInt128 magnitude)
    {
        bool read = Expect(DagCborKind.NegativeInt) && Advance();
        magnitude = read ? (UInt128)_number + 1 : 0;
        return read;
    }

    /// <summary>Reads true or false.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadBool(out bool value)
    {
        bool read = Expect(DagCborKind.Bool) && Advance();
        value = read && _number == 1;
        return read;
    }

    /// <summary>Reads null if it is next; otherwise reads nothing and nothing fails. For fields that may be null.</summary>
    public bool TryReadNull() => PeekKind() == DagCborKind.Null && Advance();

    /// <summary>Reads a finite 64-bit float.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadFloat(out double value)
    {
        bool read = Expect(DagCborKind.Float) && Advance();
        value = read ? BitConverter.UInt64BitsToDouble(_number) : 0;
        return read;
    }

    /// <summary>Reads a link without copying it.</summary>
    /// <param name="cid">The binary CID, a slice of the source; valid.</param>
    public bool TryReadCidBytes(out ReadOnlySpan<byte> cid)
    {
        bool read = Expect(DagCborKind.Cid) && Advance();
        cid = read ? _content : default;
        return read;
    }

    /// <summary>Reads a link. Allocates the copy that the CID holds.</summary>
    /// <param name="cid">The CID.</param>
    public bool TryReadCid(out Cid cid)
    {
        cid = default;
        return TryReadCidBytes(out ReadOnlySpan<byte> bytes) && (Cid.TryRead(bytes, out cid, out _) || Fail(DagCborStatus.Link));
    }

    /// <summary>Reads the next item whatever it is, with everything inside it. In a map that is a key, or a value.</summary>
    /// <param name="raw">Its bytes, a slice of the source; canonical.</param>
    public bool TrySkip(out ReadOnlySpan<byte> raw)
    {
        raw = default;
        int start = _at;
        int depth = _depth;
        do
        {
            if (!Advance())
            {
                return false;
            }
        }
        while (_depth > depth);

        raw = _source[start.._at];
        return true;
    }

    /// <summary>Whether the block was read to its last byte and nothing was wrong. Reading ends here.</summary>
    public bool End()
    {
        if (Status == DagCborStatus.None)
        {
            Status = _current.ItemsLeft != 0 ? DagCborStatus.Unfinished
                : _at != _source.Length ? DagCborStatus.TrailingBytes
                : DagCborStatus.Valid;
        }

        return Status == DagCborStatus.Valid;
    }

    /// <summary>Reads whatever is left; <see cref="End"/> tells how it went.</summary>
    internal void SkipToEnd()
    {
        while (_current.ItemsLeft != 0 && Advance())
        {
        }
    }

    // A map counts keys and values: an even number left means a key is next.
    private readonly bool IsAtKey => _current.KeyLength != NotAMap && (_current.ItemsLeft & 1) == 0;

    private bool TryReadStart(DagCborKind kind, out int count)
    {
        bool read = Expect(kind) && Advance();
        count = read ? (int)_number : 0;
        return read;
    }

    private bool Expect(DagCborKind kind) => PeekKind() == kind
        || Fail(_current.ItemsLeft != 0 && _at >= _source.Length ? DagCborStatus.Truncated : DagCborStatus.UnexpectedKind);

    private bool Fail(DagCborStatus status)
    {
        if (Status == DagCborStatus.None)
        {
            Status = status;
        }

        return false;
    }

    /// <summary>Reads one item, or the start of a container, and checks all there is to check about it.</summary>
    private bool Advance()
    {
        if ((uint)_at >= (uint)_source.Length || _itemsLeft == 0 || _current.ItemsLeft == 0 || Status != DagCborStatus.None)
        {
            return FailAdvance();
        }

        _itemsLeft--;
        byte first = _source[_at];
        _at++;
        bool read = (first >> 5) switch
        {
            3 => ReadContent(first) && CheckText(),
            _ when IsAtKey => Fail(DagCborStatus.KeyKind),
            0 or 1 => ReadNumber(first),
            2 => ReadContent(first),
            4 or 5 => Open(first),
            6 => ReadLink(first),
            _ => ReadSimple(first),
        };
        if (--_current.ItemsLeft == 0)
        {
            CloseFinished();
        }

        return read;
    }

    private bool FailAdvance() => Fail(
        _current.ItemsLeft == 0 ? DagCborStatus.UnexpectedKind
        : _itemsLeft == 0 ? DagCborStatus.TooManyItems
        : DagCborStatus.Truncated);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ReadNumber(byte first)
    {
        _number = (ulong)(first & 0x1f);
        return _number < 24 || ReadLongNumber();
    }

    private bool ReadLongNumber()
    {
        if (_number > 27)
        {
            return Fail(DagCborStatus.Indefinite);
        }

        int size = 1 << ((int)_number - 24);
        if (_source.Length - _at < size)
        {
            return Fail(DagCborStatus.Truncated);
        }

        ReadOnlySpan<byte> bytes = _source[_at..];
        _at += size;
        (_number, ulong least) = size switch
        {
            1 => ((ulong)bytes[0], 24UL),
            2 => (BinaryPrimitives.ReadUInt16BigEndian(bytes), 0x100UL),
            4 => (BinaryPrimitives.ReadUInt32BigEndian(bytes), 0x1_0000UL),
            _ => (BinaryPrimitives.ReadUInt64BigEndian(bytes), 0x1_0000_0000UL),
        };
        return _number >= least || Fail(DagCborStatus.NotMinimal);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ReadContent(byte first)
    {
        if (!ReadNumber(first))
        {
            return false;
        }

        if (_number > (ulong)(_source.Length - _at))
        {
            return Fail(DagCborStatus.Truncated);
        }

        _content = _source.Slice(_at, (int)_number);
        _at += (int)_number;
        return true;
    }

    private bool CheckText()
    {
        if (_content.Length > 16)
        {
            if (!Utf8.IsValid(_content))
            {
                return Fail(DagCborStatus.Utf8);
            }
        }
        else
        {
            uint seen = 0; // most keys: cheaper than the call
            foreach (byte b in _content)
            {
                seen |= b;
            }

            if (seen >= 0x80 && !Utf8.IsValid(_content))
            {
                return Fail(DagCborStatus.Utf8);
            }
        }

        return !IsAtKey || CheckKey();
    }

    private bool CheckKey()
    {
        if (_current.KeyLength >= _content.Length)
        {
            if (_current.KeyLength > _content.Length)
            {
                return Fail(DagCborStatus.KeyOrder);
            }

            // Most keys differ in their first byte, which is cheaper than the call.
            if (_content.Length == 0 || _source[_current.KeyStart] >= _content[0])
            {
                int order = _source.Slice(_current.KeyStart, _current.KeyLength).SequenceCompareTo(_content);
                if (order >= 0)
                {
                    return Fail(order == 0 ? DagCborStatus.KeyTwice : DagCborStatus.KeyOrder);
                }
            }
        }

        _current.KeyLength = _content.Length;
        _current.KeyStart = _at - _content.Length;
        return true;
    }

    private bool Open(byte first)
    {
        bool map = first >> 5 == 5;
        if (!ReadNumber(first))
        {
            return false;
        }

        if (_depth >= Math.Min(_options.NestingMax, DagCborOptions.NestingMaxCeiling))
        {
            return Fail(DagCborStatus.TooDeep);
        }

        if (map && _number > (ulong)_options.KeysMax)
        {
            return Fail(DagCborStatus.TooManyKeys);
        }

        // Every item takes a byte at least: a count is believed only as far as there are bytes, whatever it says.
        ulong items = map ? _number * 2 : _number;
        if (items > (ulong)_itemsLeft || items > (ulong)(_source.Length - _at))
        {
            return Fail(items > (ulong)_itemsLeft ? DagCborStatus.TooManyItems : DagCborStatus.Truncated);
        }

        _current.ItemsLeft--;
        _parents[_depth++] = _current;
        _current = new DagCborFrame { ItemsLeft = (int)items + 1, KeyLength = map ? NoKey : NotAMap }; // 1 for the start, taken off by the caller
        return true;
    }

    private void CloseFinished()
    {
        while (_current.ItemsLeft == 0 && _depth > 0)
        {
            _current = _parents[--_depth];
        }
    }

    private bool ReadLink(byte first)
    {
        // Nearly every link: version 1, DAG-CBOR or raw, SHA2-256. Its head is nine known bytes.
        if (first == 0xd8 && _source.Length - _at >= 40
            && BinaryPrimitives.ReadUInt64BigEndian(_source[_at..]) is 0x2a58_2500_0171_1220 or 0x2a58_2500_0155_1220)
        {
            _content = _source.Slice(_at + 4, 36);
            _at += 40;
            return true;
        }

        if (!ReadNumber(first))
        {
            return false;
        }

        if (_number != 42)
        {
            return Fail(DagCborStatus.Tag);
        }

        if (_at >= _source.Length)
        {
            return Fail(DagCborStatus.Truncated);
        }

        byte inner = _source[_at++];
        if (inner >> 5 != 2)
        {
            return Fail(DagCborStatus.Link);
        }

        if (!ReadContent(inner))
        {
            return false;
        }

        if (_content.Length < 2 || _content[0] != 0 || !Cid.TryMeasure(_content[1..], out int length) || length != _content.Length - 1)
        {
            return Fail(DagCborStatus.Link);
        }

        _content = _content[1..];
        return !_options.DaslLinksOnly || IsDaslLink(_content) || Fail(DagCborStatus.LinkForm);
    }

    private static bool IsDaslLink(ReadOnlySpan<byte> cid) =>
        cid.Length == 36 && cid[0] == 1 && (cid[1] is 0x55 or 0x71) && (cid[2] is 0x12 or 0x1e) && cid[3] == 32;

    private bool ReadSimple(byte first)
    {
        if (first is 0xf4 or 0xf5 or 0xf6)
        {
            _number = first == 0xf5 ? 1UL : 0;
            return true;
        }

        if (first != 0xfb || !_options.AllowFloats)
        {
            return Fail(first is 0xf9 or 0xfa or 0xfb ? DagCborStatus.Float : first == 0xff ? DagCborStatus.Indefinite : DagCborStatus.Simple);
        }

        if (_source.Length - _at < 8)
        {
            return Fail(DagCborStatus.Truncated);
        }

        _number = BinaryPrimitives.ReadUInt64BigEndian(_source[_at..]);
        _at += 8;
        return (double.IsFinite(BitConverter.UInt64BitsToDouble(_number)) && _number != 1UL << 63) || Fail(DagCborStatus.Float);
    }
}
