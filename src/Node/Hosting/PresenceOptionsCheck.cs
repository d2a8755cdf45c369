using Microsoft.Extensions.Options;
using P2P.Crdt.Presence;

namespace P2P.Node.Hosting;

/// <summary>The ranges of <see cref="PresenceOptions"/>, checked by generated code.</summary>
[OptionsValidator]
internal sealed partial class PresenceOptionsCheck : IValidateOptions<PresenceOptions>;
