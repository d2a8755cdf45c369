using Microsoft.Extensions.Options;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Node.Hosting;

/// <summary>The ranges of <see cref="ClockOptions"/>, checked by generated code.</summary>
#pragma warning disable SYSLIB1212 // its member Identity is checked by IdentityOptionsCheck: the attribute that would do it is one of hosting, which Crdt does not know
[OptionsValidator]
internal sealed partial class ClockOptionsCheck : IValidateOptions<ClockOptions>;
