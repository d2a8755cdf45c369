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
    private DagCborScanner _scan;

    /// <summary>Starts at the first byte.</summary>
    /// <param name="source">All bytes of the block.</param>
    /// <param name="options">Limits, <see cref="DagCborOptions.Default"/> when null.</param>
    public DagCborReader(ReadOnlySpan<byte> source, DagCborOptions? options = null) =>
        _scan = new DagCborScanner(source, options ?? DagCborOptions.Default);

    /// <summary>None while reading; then <see cref="DagCborStatus.Valid"/> or what went wrong first.</summary>
    public readonly DagCborStatus Status => _scan.Status;

    /// <summary>Whether something went wrong.</summary>
    public readonly bool Failed => Status > DagCborStatus.Valid;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _scan.At;

    /// <summary>Containers that are open.</summary>
    public readonly int Depth => _scan.Depth;

    /// <summary>Kind of the next item. Only its first byte is looked at; the item may still turn out malformed.</summary>
    public readonly DagCborKind PeekKind()
    {
        if (Status != DagCborStatus.None || _scan.IsDone || _scan.At >= _scan.Source.Length)
        {
            return DagCborKind.None;
        }

        byte first = _scan.Source[_scan.At];
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
        bool read = Expect(DagCborKind.Text) && _scan.Advance();
        utf8 = read ? _scan.Content : default;
        return read;
    }

    /// <summary>Reads the next map key if it is <paramref name="key"/>; otherwise reads nothing and nothing fails. For optional fields.</summary>
    /// <param name="key">UTF-8, at most 255 bytes.</param>
    public bool TryReadKey(ReadOnlySpan<byte> key)
    {
        int head = key.Length < 24 ? 1 : 2;
        if (Status != DagCborStatus.None || !_scan.IsAtKey || _scan.Source.Length - _scan.At < head + key.Length)
        {
            return false;
        }

        byte first = head == 1 ? (byte)(0x60 | key.Length) : (byte)0x78;
        return _scan.Source[_scan.At] == first && (head == 1 || _scan.Source[_scan.At + 1] == key.Length)
            && _scan.Source.Slice(_scan.At + head, key.Length).SequenceEqual(key) && _scan.Advance();
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="value">A slice of the source.</param>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        bool read = Expect(DagCborKind.Bytes) && _scan.Advance();
        value = read ? _scan.Content : default;
        return read;
    }

    /// <summary>Reads an integer of 0 or more.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadUInt(out ulong value)
    {
        bool read = Expect(DagCborKind.UInt) && _scan.Advance();
        value = read ? _scan.Number : 0;
        return read;
    }

    /// <summary>Reads an integer; one outside the range of <see cref="long"/> fails.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadInt(out long value)
    {
        value = 0;
        bool negative = PeekKind() == DagCborKind.NegativeInt;
        if (!Expect(negative ? DagCborKind.NegativeInt : DagCborKind.UInt) || !_scan.Advance())
        {
            return false;
        }

        if (_scan.Number > long.MaxValue)
        {
            return _scan.Fail(DagCborStatus.IntegerRange);
        }

        value = negative ? -1 - (long)_scan.Number : (long)_scan.Number;
        return true;
    }

    /// <summary>Reads a negative integer of any size that CBOR has.</summary>
    /// <param name="magnitude">The value without its sign: 1 to 2^64.</param>
    public bool TryReadNegative(out UInt128 magnitude)
    {
        bool read = Expect(DagCborKind.NegativeInt) && _scan.Advance();
        magnitude = read ? (UInt128)_scan.Number + 1 : 0;
        return read;
    }

    /// <summary>Reads true or false.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadBool(out bool value)
    {
        bool read = Expect(DagCborKind.Bool) && _scan.Advance();
        value = read && _scan.Number == 1;
        return read;
    }

    /// <summary>Reads null if it is next; otherwise reads nothing and nothing fails. For fields that may be null.</summary>
    public bool TryReadNull() => PeekKind() == DagCborKind.Null && _scan.Advance();

    /// <summary>Reads a finite 64-bit float.</summary>
    /// <param name="value">The value.</param>
    public bool TryReadFloat(out double value)
    {
        bool read = Expect(DagCborKind.Float) && _scan.Advance();
        value = read ? BitConverter.UInt64BitsToDouble(_scan.Number) : 0;
        return read;
    }

    /// <summary>Reads a link without copying it.</summary>
    /// <param name="cid">The binary CID, a slice of the source; valid.</param>
    public bool TryReadCidBytes(out ReadOnlySpan<byte> cid)
    {
        bool read = Expect(DagCborKind.Cid) && _scan.Advance();
        cid = read ? _scan.Content : default;
        return read;
    }

    /// <summary>Reads a link. Allocates the copy that the CID holds.</summary>
    /// <param name="cid">The CID.</param>
    public bool TryReadCid(out Cid cid)
    {
        cid = default;
        return TryReadCidBytes(out ReadOnlySpan<byte> bytes) && (Cid.TryRead(bytes, out cid, out _) || _scan.Fail(DagCborStatus.Link));
    }

    /// <summary>Reads the next item whatever it is, with everything inside it. In a map that is a key, or a value.</summary>
    /// <param name="raw">Its bytes, a slice of the source; canonical.</param>
    public bool TrySkip(out ReadOnlySpan<byte> raw)
    {
        raw = default;
        int start = _scan.At;
        int depth = _scan.Depth;
        do
        {
            if (!_scan.Advance())
            {
                return false;
            }
        }
        while (_scan.Depth > depth);

        raw = _scan.Source[start.._scan.At];
        return true;
    }

    /// <summary>Whether the block was read to its last byte and nothing was wrong. Reading ends here.</summary>
    public bool End() => _scan.End();

    private bool TryReadStart(DagCborKind kind, out int count)
    {
        bool read = Expect(kind) && _scan.Advance();
        count = read ? (int)_scan.Number : 0;
        return read;
    }

    private bool Expect(DagCborKind kind) => PeekKind() == kind
        || _scan.Fail(!_scan.IsDone && _scan.At >= _scan.Source.Length ? DagCborStatus.Truncated : DagCborStatus.UnexpectedKind);
}
