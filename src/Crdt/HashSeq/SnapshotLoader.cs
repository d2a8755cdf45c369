using System.IO.Compression;
using System.Text.Unicode;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Reads a snapshot as its bytes arrive. The text is there as soon as its section is, unverified; <see cref="Finish"/> rebuilds
/// every event byte for byte, hashes it, verifies the last signature of every author and branch (which vouches for all before it),
/// applies all events and compares the text. Whatever the bytes are, nothing here throws.
/// </summary>
/// <remarks>
/// Writer lists, antichains and citations are not judged here: they are the clock's. Give <see cref="SeqImport.Events"/> of a
/// stranger's snapshot to a replica. Spec: hashseq, section 12; replica, sections 3 and 13.
/// </remarks>
public sealed class SnapshotLoader
{
    private const int DocumentBytes = 36;

    private readonly Cid _document;
    private readonly SnapshotOptions _options;
    private readonly Func<Event, bool> _verify;
    private readonly List<ReadOnlyMemory<byte>> _sections = [];
    private byte[] _buffer = [];
    private int _length;
    private int _at;
    private long _unpacked;
    private SnapshotStatus _status = SnapshotStatus.Incomplete;
    private bool _hasHead;

    /// <summary>Nothing read yet.</summary>
    /// <param name="document">CID of the genesis block.</param>
    /// <param name="options">Limits.</param>
    public SnapshotLoader(Cid document, SnapshotOptions options)
        : this(document, options, EventCodec.VerifySignature)
    {
    }

    internal SnapshotLoader(Cid document, SnapshotOptions options, Func<Event, bool> verify)
    {
        _document = document;
        _options = options;
        _verify = verify;
    }

    /// <summary>The text, once it was read: what the snapshot says, until <see cref="Finish"/> has found it true. Null before.</summary>
    public string? Text { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">As many as there are.</param>
    /// <returns><see cref="SnapshotStatus.Valid"/> when all are here, <see cref="SnapshotStatus.Incomplete"/> before, else why it is refused.</returns>
    public SnapshotStatus Append(ReadOnlySpan<byte> bytes)
    {
        if (_status == SnapshotStatus.Valid && !bytes.IsEmpty)
        {
            _status = SnapshotStatus.Encoding;
        }

        if (_status != SnapshotStatus.Incomplete)
        {
            return _status;
        }

        if (bytes.Length > _options.BytesMax - _length)
        {
            return _status = SnapshotStatus.Limit;
        }

        if (_length + bytes.Length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_length + bytes.Length, (int)Math.Min(_options.BytesMax, _buffer.Length * 2L)));
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
        while (_status == SnapshotStatus.Incomplete && TryReadNext())
        {
        }

        return _status;
    }

    /// <summary>Rebuilds and verifies everything.</summary>
    /// <param name="imported">The text and its events, when the status is <see cref="SnapshotStatus.Valid"/>.</param>
    public SnapshotStatus Finish(out SeqImport? imported)
    {
        imported = null;
        if (_status == SnapshotStatus.Valid)
        {
            SnapshotImporter importer = new(_document, _options, _verify);
            _status = importer.Import([.. _sections], Text!, out imported);
            _status = _status == SnapshotStatus.None ? SnapshotStatus.Encoding : _status;
        }

        return _status;
    }

    /// <summary>Reads the head or one section; false when it is not all here, or was the last.</summary>
    private bool TryReadNext()
    {
        ColumnReader reader = new(_buffer.AsMemory(_at, _length - _at));
        if (!_hasHead)
        {
            return TryReadHead(reader);
        }

        int length = reader.Number();
        int coding = length == 0 ? SnapshotFrame.Plain : reader.Byte();
        int stored = coding == SnapshotFrame.Plain ? length : reader.Number();
        if (reader.Failed)
        {
            // A number is at most five bytes: with more of them here it is none.
            _status = _length - _at > 11 ? SnapshotStatus.Encoding : _status;
            return false;
        }

        if (coding > SnapshotFrame.Brotli || (coding == SnapshotFrame.Brotli && length / SnapshotFrame.RatioMax > stored))
        {
            _status = SnapshotStatus.Encoding;
            return false;
        }

        _unpacked = reader.Left < stored ? _unpacked : _unpacked + length;
        if (stored > _options.BytesMax || length > _options.BytesMax || _unpacked > _options.BytesMax)
        {
            _status = SnapshotStatus.Limit;
            return false;
        }

        if (reader.Left < stored)
        {
            return false;
        }

        ReadOnlyMemory<byte> packed = reader.Bytes(stored);
        _at = _length - reader.Left;
        return AddSection(coding, packed, length);
    }

    private bool TryReadHead(ColumnReader reader)
    {
        int version = reader.Number();
        if (!reader.Failed && version != SnapshotFrame.Version)
        {
            _status = SnapshotStatus.Version;
            return false;
        }

        if (reader.Failed || reader.Left < DocumentBytes)
        {
            _status = _length > DocumentBytes ? SnapshotStatus.Encoding : _status;
            return false;
        }

        _hasHead = true;
        if (!reader.Bytes(DocumentBytes).Span.SequenceEqual(_document.Bytes))
        {
            _status = SnapshotStatus.Document;
        }

        _at = _length - reader.Left;
        return _status == SnapshotStatus.Incomplete;
    }

    private bool AddSection(int coding, ReadOnlyMemory<byte> packed, int length)
    {
        byte[] plain = new byte[length];
        bool isPlain = coding == SnapshotFrame.Plain;
        if (isPlain)
        {
            packed.Span.CopyTo(plain);
        }
        else if (!BrotliDecoder.TryDecompress(packed.Span, plain, out int written) || written != length)
        {
            _status = SnapshotStatus.Encoding;
            return false;
        }

        _sections.Add(plain);
        if (_sections.Count == 1)
        {
            if (!Utf8.IsValid(plain))
            {
                _status = SnapshotStatus.Encoding;
                return false;
            }

            Text = System.Text.Encoding.UTF8.GetString(plain);
        }

        if (_sections.Count < SnapshotColumns.Count)
        {
            return true;
        }

        _status = _at == _length ? SnapshotStatus.Valid : SnapshotStatus.Encoding;
        return false;
    }
}
