using System.Buffers;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>Reads the eleven keys of an event block in their one canonical order.</summary>
/// <remarks>Spec: replica, section 2.</remarks>
internal ref struct EventSchema
{
    private static readonly SearchValues<byte> s_typeBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private static ReadOnlySpan<byte> ReferencesKey => [0x64, (byte)'r', (byte)'e', (byte)'f', (byte)'s'];

    private readonly ReadOnlyMemory<byte> _block;
    private readonly Cid _document;
    private DagCborReader _reader;
    private ulong _height;
    private string _type;
    private ulong _at;
    private int _authorEnd;
    private Cid _documentRead;
    private ulong _sequence;
    private int _signatureStart;
    private ReadOnlyMemory<byte> _body;
    private Cid[] _dependencies;
    private Cid[] _references;
    private Cid _previous;

    public EventSchema(ReadOnlyMemory<byte> block, Cid document)
    {
        _block = block;
        _document = document;
        _reader = new DagCborReader(block.Span, DagCborOptions.NoFloats);
        _type = string.Empty;
        _dependencies = [];
        _references = [];
    }

    /// <summary>Reads everything; None on success.</summary>
    public InvalidReason Read()
    {
        if (!_reader.TryReadMapStart(out int keys) || keys != 11)
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = ReadHead();
        reason = reason == InvalidReason.None ? ReadIdentity() : reason;
        reason = reason == InvalidReason.None ? ReadBody() : reason;
        reason = reason == InvalidReason.None ? ReadLinks() : reason;
        return reason != InvalidReason.None ? reason : _reader.End() ? InvalidReason.None : InvalidReason.Encoding;
    }

    /// <summary>The event, after <see cref="Read"/> returned None.</summary>
    public readonly Event ToEvent() => new()
    {
        Cid = Cid.ForDagCbor(_block.Span),
        Document = _documentRead,
        Author = _block[(_authorEnd - EventLimits.AuthorBytes).._authorEnd],
        Sequence = _sequence,
        Previous = _previous,
        Dependencies = _dependencies,
        References = _references,
        Height = _height,
        At = _at,
        Type = _type,
        Body = _body,
        Signature = _block.Slice(_signatureStart + EventCodec.SignatureHead.Length, EventLimits.SignatureBytes),
        Bytes = _block,
        SignatureOffset = _signatureStart,
    };

    // Names chosen by peers are new strings; our own are not.
    private static InvalidReason ReadType(ReadOnlySpan<byte> utf8, out string type)
    {
        type = string.Empty;
        if (utf8.Length > EventLimits.TypeBytesMax)
        {
            return InvalidReason.Limit;
        }

        if (utf8.IsEmpty || utf8.ContainsAnyExcept(s_typeBytes))
        {
            return InvalidReason.Schema;
        }

        type = utf8.SequenceEqual("seq"u8) ? EventTypes.Sequence
            : utf8.SequenceEqual("merge"u8) ? EventTypes.Merge
            : System.Text.Encoding.ASCII.GetString(utf8);
        return InvalidReason.None;
    }

    private InvalidReason ReadHead()
    {
        if (!_reader.TryReadKey("h"u8) || !_reader.TryReadUInt(out _height)
            || !_reader.TryReadKey("t"u8) || !_reader.TryReadText(out ReadOnlySpan<byte> type))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = ReadType(type, out _type);
        if (reason != InvalidReason.None)
        {
            return reason;
        }

        if (!_reader.TryReadKey("v"u8) || !_reader.TryReadUInt(out ulong version))
        {
            return InvalidReason.Schema;
        }

        return version == EventLimits.Version ? _height == 0 ? InvalidReason.Height : InvalidReason.None : InvalidReason.Version;
    }

    private InvalidReason ReadIdentity()
    {
        if (!_reader.TryReadKey("at"u8) || !_reader.TryReadUInt(out _at)
            || !_reader.TryReadKey("by"u8) || !_reader.TryReadBytes(out ReadOnlySpan<byte> author)
            || !AuthorKey.IsForm(author))
        {
            return InvalidReason.Schema;
        }

        _authorEnd = _reader.Position;
        if (!_reader.TryReadKey("doc"u8) || !_reader.TryReadCidBytes(out ReadOnlySpan<byte> document)
            || !EventLinks.IsEvent(document))
        {
            return InvalidReason.Schema;
        }

        if (!_document.IsNone && !document.SequenceEqual(_document.Bytes))
        {
            return InvalidReason.Document;
        }

        _documentRead = _document;
        if (_document.IsNone && !Cid.TryRead(document, out _documentRead, out _))
        {
            return InvalidReason.Schema;
        }

        if (!_reader.TryReadKey("seq"u8) || !_reader.TryReadUInt(out _sequence))
        {
            return InvalidReason.Schema;
        }

        _signatureStart = _reader.Position;
        return _reader.TryReadKey("sig"u8) && _reader.TryReadBytes(out ReadOnlySpan<byte> signature)
            && signature.Length == EventLimits.SignatureBytes ? InvalidReason.None : InvalidReason.Schema;
    }

    private InvalidReason ReadBody()
    {
        if (!_reader.TryReadKey("body"u8) || _reader.PeekKind() != DagCborKind.Map)
        {
            return InvalidReason.Schema;
        }

        int start = _reader.Position;
        if (!_reader.TrySkip(out ReadOnlySpan<byte> body))
        {
            return InvalidReason.Schema;
        }

        if (body.Length > EventLimits.BodyBytesMax)
        {
            return InvalidReason.Limit;
        }

        _body = _block.Slice(start, body.Length);
        return !EventLinks.AreFormsValid(body) ? InvalidReason.Schema
            : EventTypes.DefinesReferences(_type) ? ReadReferences(body)
            : InvalidReason.None;
    }

    private InvalidReason ReadReferences(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf(ReferencesKey) < 0)
        {
            return InvalidReason.None; // most bodies have none, and this scan is vectorised
        }

        DagCborReader reader = new(body, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys))
        {
            return InvalidReason.Schema;
        }

        for (int i = 0; i < keys; i++)
        {
            if (reader.TryReadKey("refs"u8))
            {
                return EventLinks.ReadList(ref reader, EventLimits.ReferencesMax, InvalidReason.Limit, out _references);
            }

            if (!reader.TrySkip(out _) || !reader.TrySkip(out _))
            {
                return InvalidReason.Schema;
            }
        }

        return InvalidReason.None;
    }

    private InvalidReason ReadLinks()
    {
        if (!_reader.TryReadKey("deps"u8))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = EventLinks.ReadList(ref _reader, EventLimits.DependenciesMax, InvalidReason.FanIn, out _dependencies);
        if (reason != InvalidReason.None)
        {
            return reason;
        }

        if (!_reader.TryReadKey("prev"u8) || !ReadPrevious())
        {
            return InvalidReason.Schema;
        }

        if (_sequence == 0 || (_sequence == 1) != _previous.IsNone)
        {
            return InvalidReason.Sequence;
        }

        // The genesis is implicit: never a link. A dependency on prev would say nothing.
        return _previous == _documentRead || Array.IndexOf(_dependencies, _documentRead) >= 0 || Array.IndexOf(_references, _documentRead) >= 0
            || (!_previous.IsNone && Array.IndexOf(_dependencies, _previous) >= 0)
            ? InvalidReason.Schema
            : InvalidReason.None;
    }

    private bool ReadPrevious() => _reader.TryReadNull()
        || (_reader.TryReadCidBytes(out ReadOnlySpan<byte> previous) && EventLinks.IsEvent(previous)
            && Cid.TryRead(previous, out _previous, out _));
}
