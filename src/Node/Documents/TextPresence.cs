using System.Runtime.CompilerServices;
using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Presence;
using P2P.Node.Identity;

namespace P2P.Node.Documents;

/// <summary>
/// Who is in a document, and where. Told to the others at most five times a second, believed for 15 seconds, never stored. Usable from any thread. The
/// topic is joined by the first call.
/// </summary>
/// <remarks>Spec: replica, section 11.</remarks>
public sealed class TextPresence
{
    private readonly TextDocument _document;
    private readonly DocumentHost _host;
    private readonly PresenceOptions _options;

    internal TextPresence(TextDocument document, DocumentHost host, PresenceOptions options)
    {
        _document = document;
        _host = host;
        _options = options;
    }

    /// <summary>Says who is here, from now on until <see cref="LeaveAsync"/> or the document is closed. Again: another name or colour.</summary>
    /// <param name="name">For people: at most 64 bytes of UTF-8, without control characters; empty shows two words from the peer id.</param>
    /// <param name="colour">0xRRGGBB.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">Such a name or colour cannot be sent.</exception>
    /// <exception cref="P2PException">The document is closed.</exception>
    public Task ShowAsync(string name, uint colour, CancellationToken cancellationToken = default)
    {
        if (!PresenceCodec.IsName(name))
        {
            throw new ArgumentException($"A name has at most {PresenceCodec.NameBytesMax} bytes of UTF-8 and no control characters.", nameof(name));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(colour, PresenceCodec.ColourMax);
        return PostAsync(new PresenceInput(PresenceInputKind.Show) { Name = name, Colour = colour }, cancellationToken);
    }

    /// <summary>
    /// Puts the caret somewhere. It stays with the character in front of it, so nothing is to be said again when others edit. Shown to the others once
    /// <see cref="ShowAsync"/> was called; of many calls in a short time the last one counts.
    /// </summary>
    /// <param name="caret">UTF-16 offset in <paramref name="basedOn"/>.</param>
    /// <param name="anchor">The other end of a selection, or null.</param>
    /// <param name="basedOn">The version the offsets speak of; null means the text behind all edits asked for before this call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">An offset outside the text or inside a surrogate pair.</exception>
    /// <exception cref="P2PException">The document is closed, or the version is too old.</exception>
    public Task MoveAsync(int caret, int? anchor = null, TextVersion? basedOn = null, CancellationToken cancellationToken = default)
    {
        PresenceCaret? made = null;
        long number = _host.Presence.NextCall();
        Task asked = AskAsync(
            (sequence, log) => made = BoundAt(sequence, log, (caret, anchor), basedOn), cancellationToken); // in line before this returns
        return _host.Spawner.StartAsync(async () =>
        {
            await asked;
            await _host.Presence.PostAsync(new PresenceInput(PresenceInputKind.Move) { Caret = made }, number, cancellationToken);
        });
    }

    /// <summary>
    /// Binds a caret to the text beside it, without telling anybody: for applications in which several people edit on one node, such as a web server with
    /// two browsers. A node has one presence, so the others see the caret that was moved last.
    /// </summary>
    /// <param name="caret">UTF-16 offset in <paramref name="basedOn"/>.</param>
    /// <param name="anchor">The other end of a selection, or null.</param>
    /// <param name="basedOn">The version the offsets speak of; null means the text behind all edits asked for before this call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">An offset outside the text or inside a surrogate pair.</exception>
    /// <exception cref="P2PException">The document is closed, or the version is too old.</exception>
    public Task<LocalCaret> BindAsync(int caret, int? anchor = null, TextVersion? basedOn = null, CancellationToken cancellationToken = default)
    {
        LocalCaret? made = null;
        return AskAsync((sequence, log) => made = new LocalCaret(BoundAt(sequence, log, (caret, anchor), basedOn)), () => made!, cancellationToken);
    }

    /// <summary>Puts the node's caret where a bound one is.</summary>
    /// <param name="caret">Of this document and this run of the node.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="P2PException">The document is closed.</exception>
    public Task MoveAsync(LocalCaret caret, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caret);
        return PostAsync(new PresenceInput(PresenceInputKind.Move) { Caret = caret.Bound }, cancellationToken);
    }

    /// <summary>Where bound carets are in the text as it is now: caret and other end, in the order of <paramref name="carets"/>.</summary>
    /// <param name="carets">Of this document and this run of the node.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="P2PException">The document is closed.</exception>
    public Task<IReadOnlyList<(int Caret, int? Anchor)>> ResolveAsync(IReadOnlyList<LocalCaret> carets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(carets);
        List<(int Caret, int? Anchor)> places = [];
        return AskAsync(
            (sequence, _) => places.AddRange(carets.Select(c => (sequence.Resolve(c.Bound.Cursor), c.Bound.Anchor is SeqAnchor other ? sequence.Resolve(other) : (int?)null))),
            () => (IReadOnlyList<(int Caret, int? Anchor)>)places,
            cancellationToken);
    }

    /// <summary>Takes the caret away; the name stays.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="P2PException">The document is closed.</exception>
    public Task HideCaretAsync(CancellationToken cancellationToken = default) => PostAsync(new PresenceInput(PresenceInputKind.Move), cancellationToken);

    /// <summary>
    /// Stops saying anything: the others lose the caret at once and the name after 15 seconds. Moves that were asked for before it and are not done yet
    /// are left out.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="P2PException">The document is closed.</exception>
    public Task LeaveAsync(CancellationToken cancellationToken = default) => PostAsync(new PresenceInput(PresenceInputKind.Leave), cancellationToken);

    /// <summary>Who is here now, and where in the text as it is now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="P2PException">The document is closed.</exception>
    public Task<PresenceView> GetAsync(CancellationToken cancellationToken = default) => _host.Spawner.StartAsync(async () =>
    {
        await _host.Presence.JoinAsync(cancellationToken);
        return await LookAsync(cancellationToken);
    });

    /// <summary>
    /// Who is here, first now, then at every change: somebody comes, moves or goes, or an edit carries a caret along. A slow reader misses what is over,
    /// nothing else. Ends when the document is closed.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<PresenceView> WatchAsync(CancellationToken cancellationToken = default) =>
        new SpawnedEnumerable<PresenceView>(_host.Spawner, FollowAsync, cancellationToken);

    /// <summary>How many messages of others were refused for a reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long Refused(PresenceRefusal refusal) => _host.Presence.Refused(refusal);

    /// <summary>Names the places of a caret; null while one of them is in no event yet, so that nobody else could find it.</summary>
    internal static (PresencePlace Cursor, PresencePlace? Anchor)? Place(Sequence sequence, PresenceCaret caret)
    {
        PresencePlace? cursor = Place(sequence, caret.Cursor);
        PresencePlace? anchor = caret.Anchor is SeqAnchor other ? Place(sequence, other) : null;
        return cursor is PresencePlace known && anchor.HasValue == caret.Anchor.HasValue ? (known, anchor) : null;
    }

    /// <summary>Where a place is in the text as it is now; null when it names nothing here.</summary>
    internal static int? Resolve(Sequence sequence, PresencePlace? place) =>
        place is PresencePlace known && sequence.TryReadAnchor(known.ToAnchor(sequence.Document), out SeqAnchor anchor) ? sequence.Resolve(anchor) : null;

    private static PresencePlace? Place(Sequence sequence, SeqAnchor anchor)
    {
        Span<byte> bytes = stackalloc byte[SeqAnchor.BytesMax];
        return PresencePlace.Of(bytes[..sequence.WriteAnchor(anchor, bytes)], sequence.Document);
    }

    private static PresenceCaret BoundAt(Sequence sequence, SpliceLog log, (int Caret, int? Anchor) place, TextVersion? basedOn) => new(
        AnchorAt(sequence, log, place.Caret, basedOn), place.Anchor is int other ? AnchorAt(sequence, log, other, basedOn) : null);

    // Behind its left neighbour, as PresencePlace means it.
    private static SeqAnchor AnchorAt(Sequence sequence, SpliceLog log, int offset, TextVersion? basedOn) =>
        sequence.CreateAnchor(basedOn is null ? offset : TextEditing.Carry(log, offset, basedOn), Bias.Left);

    private async IAsyncEnumerable<PresenceView> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _host.Presence.JoinAsync(cancellationToken);
        PresenceView? shown = null;
        while (!_host.Presence.IsClosed)
        {
            Task changed = _host.Presence.Changed; // before looking, or a change in between would be missed
            int applied = _host.Loop.Applied.Count;
            PresenceView? view = await TryLookAsync(cancellationToken);
            if (view is null)
            {
                yield break;
            }

            if (shown is null || !shown.Others.SequenceEqual(view.Others))
            {
                shown = view;
                yield return view;
            }

            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // Without others an edit moves nobody.
            Task edited = view.Others.Count > 0 ? _host.Loop.Applied.WaitBeyondAsync(applied, either.Token) : changed;
            await Task.WhenAny(changed, edited).OrCanceledAsync(cancellationToken);
            either.Cancel();
            await Task.Delay(_options.ViewPace, _host.Time, cancellationToken);
        }
    }

    private async Task<PresenceView?> TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(cancellationToken);
        }
        catch (P2PException closed) when (closed.Error == NodeError.Stopped)
        {
            return null;
        }
    }

    private async Task<PresenceView> LookAsync(CancellationToken cancellationToken)
    {
        PresenceView? view = null;
        IReadOnlyList<PresencePeer> others = _host.Presence.Others;
        await AskAsync(
            (sequence, _) => view = new PresenceView(
                _document.Snapshot,
                [
                    .. others.Select(other => new RemotePresence(
                        other.Peer,
                        other.Message.Name.Length > 0 ? other.Message.Name : PeerNames.Of(other.Peer),
                        other.Message.Colour,
                        Resolve(sequence, other.Message.Cursor),
                        Resolve(sequence, other.Message.Anchor))),
                ]),
            cancellationToken);
        return view!;
    }

    private Task AskAsync(Action<Sequence, SpliceLog> question, CancellationToken cancellationToken) =>
        _document.EditAsync(new TextEdit { Ask = question, AsIs = true }, cancellationToken);

    private Task<T> AskAsync<T>(Action<Sequence, SpliceLog> question, Func<T> answer, CancellationToken cancellationToken) =>
        _document.EditAsync(new TextEdit { Ask = question, AsIs = true }, answer, cancellationToken);

    // Numbered here, in the order of the calls: where they run they may overtake each other.
    private Task PostAsync(PresenceInput input, CancellationToken cancellationToken)
    {
        long number = _host.Presence.NextCall();
        return _host.Spawner.StartAsync(() => _host.Presence.PostAsync(input, number, cancellationToken));
    }
}
