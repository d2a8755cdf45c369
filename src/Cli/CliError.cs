namespace P2P.Cli;

/// <summary>What the command refuses before anything runs; the number is the stable code <c>P2Pnnnn</c>, each with a page in docs/errors.</summary>
internal enum CliError
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>A script of <c>p2p text run</c> is not one, or a step of it cannot be done.</summary>
    ScriptInvalid = 8001,

    /// <summary>A file given to <c>p2p bench text</c> is not an editing trace, or a patch of it cannot be made.</summary>
    TraceInvalid = 8002,

    /// <summary>A file named on the command line cannot be read.</summary>
    FileUnreadable = 8003,

    /// <summary>A file to write is there already.</summary>
    FileExists = 8004,

    /// <summary>A file cannot be written.</summary>
    FileUnwritable = 8005,

    /// <summary>A script of <c>p2p clock itc</c> is not one, or an operation of it cannot be done.</summary>
    ClockScriptInvalid = 8010,

    /// <summary>A script of <c>p2p clock itc</c> joins stamps that own the same part, such as a stamp with itself.</summary>
    ClockOverlap = 8011,

    /// <summary>A replay needs blocks that are not here; they are listed.</summary>
    ReplayIncomplete = 8040,

    /// <summary>A file is no CAR file, or holds what no replica admits.</summary>
    CarInvalid = 8041,

    /// <summary>A replay came to another state than the snapshot says.</summary>
    ReplayDiverged = 8042,

    /// <summary>A block is no program, or an input of it has no name.</summary>
    ProgramInvalid = 8043,

    /// <summary>No event, artifact or snapshot of that CID is here.</summary>
    RecordUnknown = 8044,

    /// <summary>A receipt claims what recomputation contradicts.</summary>
    ReceiptRefuted = 8045,

    /// <summary>Neither <c>--doc</c> nor <c>--car</c> was given where one is needed.</summary>
    DocumentMissing = 8046,

    /// <summary>No block was dropped: no snapshot will do, or a named peer has not shown that it holds it.</summary>
    CompactionRefused = 8047,

    /// <summary>An execution holds more at once than this program gives for one.</summary>
    ExecutionTooLarge = 8048,

    /// <summary>A replay was to be compared with a snapshot, and there is none.</summary>
    SnapshotMissing = 8049,

    /// <summary>A text is no whole ticket of <c>p2p send</c>.</summary>
    TicketInvalid = 8050,

    /// <summary>A ticket was made by a newer program.</summary>
    TicketNewer = 8051,

    /// <summary>A text given to <c>p2p dag put</c> is no DAG-JSON, or too large for a block.</summary>
    DagInvalid = 8052,

    /// <summary>A document that is not here, and that no peer has.</summary>
    DocumentUnknown = 8053,

    /// <summary>A running node does not take this request over its control socket: too long, too many at once, another version, or no verb it serves.</summary>
    ControlRefused = 8060,

    /// <summary>The running node ended before it had answered a command.</summary>
    NodeGone = 8061,

    /// <summary>The port that <c>--dashboard-port</c> names is taken.</summary>
    DashboardPortTaken = 8090,

    /// <summary>The user's editor could not be started, or ended with a failure; nothing was changed.</summary>
    EditorFailed = 8062,

    /// <summary>A setting of the environment or of a file cannot be used, or settings are there already.</summary>
    ConfigInvalid = 8063,

    /// <summary>What was given is no CID.</summary>
    NoCid = 8064,

    /// <summary>A key was to be made without a name.</summary>
    NameMissing = 8065,

    /// <summary>Events of a file were not looked at: a limit of this folder.</summary>
    ImportLimited = 8066,

    /// <summary>Standard input that a verb takes as text is not UTF-8.</summary>
    InputNotText = 8067,

    /// <summary>A document holds entries of a log where a verb writes text, or the other way round.</summary>
    WrongKind = 8068,
}
