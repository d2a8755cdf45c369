using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>The strict item-by-item walk under <see cref="DagCborReader"/>: every rule of DAG-CBOR is checked here and nowhere else.</summary>
internal ref struct DagCborScanner
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

    public DagCborScanner(ReadOnlySpan<byte> source, DagCborOptions options)
    {
        _source = source;
        _options = options;
        _itemsLeft = options.ItemsMax;
        _current = new DagCborFrame { ItemsLeft = 1, KeyLength = NotAMap };
    }

    public DagCborStatus Status { get; private set; }

    public readonly ReadOnlySpan<byte> Source => _source;

    /// <summary>Bytes read.</summary>
    public readonly int At => _at;

    public readonly int Depth => _depth;

    /// <summary>No item is expected any more.</summary>
    public readonly bool IsDone => _current.ItemsLeft == 0;

    /// <summary>Number, length, count, or 1 for true, of the item last read.</summary>
    public readonly ulong Number => _number;

    /// <summary>Content of the text, bytes or link last read.</summary>
    public readonly ReadOnlySpan<byte> Content => _content;

    // A map counts keys and values: an even number left means a key is next.
    public readonly bool IsAtKey => _current.KeyLength != NotAMap && (_current.ItemsLeft & 1) == 0;

    /// <summary>Whether the source was read to its last byte and nothing was wrong.</summary>
    public bool End()
    {
        if (Status == DagCborStatus.None)
        {
            Status = !IsDone ? DagCborStatus.Unfinished
                : _at != _source.Length ? DagCborStatus.TrailingBytes
                : DagCborStatus.Valid;
        }

        return Status == DagCborStatus.Valid;
    }

    public bool Fail(DagCborStatus status)
    {
        if (Status == DagCborStatus.None)
        {
            Status = status;
        }

        return false;
    }

    /// <summary>Reads all that is left.</summary>
    public void SkipToEnd()
    {
        while (_current.ItemsLeft != 0 && Advance())
        {
        }
    }

    /// <summary>Reads one item, or the start of a container, and checks all there is to check about it.</summary>
    public bool Advance()
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
