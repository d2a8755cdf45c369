using System.Diagnostics;
using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;
using P2P.Node.Telemetry;

namespace P2P.Node.Documents;

/// <summary>One edit a caller asked for, waiting in the document's inbox.</summary>
internal sealed class TextEdit
{
    /// <summary>Where, in <see cref="BasedOn"/>; null appends at the end of the text as it is when the edit is applied.</summary>
    public int? Offset { get; init; }

    public int DeleteLength { get; init; }

    public string Text { get; init; } = string.Empty;

    /// <summary>Several places of <see cref="BasedOn"/>, ascending and disjoint, instead of the edit above; all of it or nothing.</summary>
    public IReadOnlyList<TextSplice>? Splices { get; init; }

    /// <summary>Comes back in <see cref="TextStep.Tag"/>.</summary>
    public object? Tag { get; init; }

    /// <summary>Characters typed and deleted; nobody has checked yet whether there are so many.</summary>
    public long Characters => Inserted + (Splices?.Sum(static s => (long)s.Removed) ?? DeleteLength);

    /// <summary>Characters typed.</summary>
    public long Inserted => Splices?.Sum(static s => (long)s.Inserted.Length) ?? Text.Length;

    public TextVersion? BasedOn { get; init; }

    /// <summary>Takes the place of <see cref="Offset"/> and <see cref="BasedOn"/>, and is moved behind the edit.</summary>
    public TextCursor? Cursor { get; init; }

    /// <summary>Whether equal text typed elsewhere in the same place stays separate.</summary>
    public bool Unique { get; init; }

    /// <summary>Cut an event at once instead of waiting for silence.</summary>
    public bool CutNow { get; init; }

    /// <summary>Takes back, or makes again, instead of the edit above.</summary>
    public TextUndo Undo { get; init; }

    /// <summary>Whether <see cref="Undo"/> found something to do.</summary>
    public bool Did { get; set; }

    /// <summary>A question to the sequence, answered in line with the edits, instead of the edit above.</summary>
    public Action<Sequence, SpliceLog>? Ask { get; init; }

    /// <summary>Whether <see cref="Ask"/> is content with text that is in no event yet: nothing is cut for it.</summary>
    public bool AsIs { get; init; }

    /// <summary>Whether it becomes part of an event.</summary>
    public bool Writes => Text.Length > 0 || DeleteLength > 0 || Splices is { Count: > 0 } || Undo != TextUndo.None;

    /// <summary>Ends the wait for own events that must be fetched before anything is written; of what is in the text already it changes nothing.</summary>
    public CancellationToken GiveUp { get; private set; }

    /// <summary>Its trace; null when nobody listens.</summary>
    public Activity? Cause { get; private set; }

    /// <summary>Completes when the edit's event is durable.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called before it is queued.</summary>
    /// <param name="giveUp">The caller's.</param>
    public void Begin(CancellationToken giveUp)
    {
        GiveUp = giveUp;
        Cause = NodeTraces.Source.StartAside(NodeTraces.Edit, Activity.Current?.Context ?? default);
    }

    /// <summary>Ends with <see cref="Done"/>, and its trace with it.</summary>
    /// <param name="queued">Ends when it is in line.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DurableAsync(Task queued, CancellationToken cancellationToken)
    {
        using Activity? activity = Cause;
        try
        {
            await queued;
            await Done.Task.OrCanceledAsync(cancellationToken);
        }
        catch (P2PException failed)
        {
            activity.Failed(failed.Error);
            throw;
        }
        catch (Exception failed)
        {
            activity.Failed(failed);
            throw;
        }
    }
}
