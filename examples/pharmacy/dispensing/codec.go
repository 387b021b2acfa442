package dispensing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/decision"
)

// Codec returns the codec of all events of the pharmacy.
func Codec() *decision.Codec { return codec }

var codec = func() *decision.Codec {
	c, err := decision.NewCodec(
		decision.Kind[StaffCredentialed](), decision.Kind[StaffSuspended](), decision.Kind[StaffReinstated](),
		decision.Kind[PrescriberVerified](), decision.Kind[PrescriberRevoked](), decision.Kind[EscalationRaised](),
		decision.Kind[PrescriptionAccepted](), decision.Kind[WrittenCopyReceived](), decision.Kind[PrescriptionVoided](),
		decision.Kind[PrescriptionTransferredOut](), decision.Kind[RefillsAuthorized](),
		decision.Kind[Dispensed](), decision.Kind[DispenseReversed](), decision.Kind[BalanceForfeited](),
		decision.Kind[LotReceived](), decision.Kind[LotQuarantined](), decision.Kind[LotReleased](),
		decision.Kind[LotDestroyed](), decision.Kind[SentToReverseDistributor](),
		decision.Kind[DoseIssued](), decision.Kind[DoseAdministered](), decision.Kind[WasteWitnessed](),
		decision.Kind[CountOpened](), decision.Kind[CountEntered](), decision.Kind[CountClosed](), decision.Kind[StockAdjusted](),
		decision.Kind[LossDiscovered](), decision.Kind[LossReported](),
		decision.Kind[InventoryTaken](), decision.Kind[ShiftSigned](),
	)
	if err != nil {
		panic(err) // two events of this package share a name
	}
	return c
}()

// commands maps the name of each command to the function that reads its JSON.
var commands = map[string]func(*json.Decoder) (any, error){
	"CredentialStaff": read[CredentialStaff], "SuspendStaff": read[SuspendStaff], "ReinstateStaff": read[ReinstateStaff],
	"VerifyPrescriber": read[VerifyPrescriber], "RevokePrescriber": read[RevokePrescriber],
	"AcceptPrescription": read[AcceptPrescription], "ReceiveWrittenCopy": read[ReceiveWrittenCopy],
	"RaiseEscalation": read[RaiseEscalation], "VoidPrescription": read[VoidPrescription],
	"TransferOut": read[TransferOut], "AuthorizeRefills": read[AuthorizeRefills],
	"Dispense": read[Dispense], "ReverseDispense": read[ReverseDispense], "ForfeitBalance": read[ForfeitBalance],
	"ReceiveLot": read[ReceiveLot], "QuarantineLot": read[QuarantineLot], "ReleaseLot": read[ReleaseLot],
	"DestroyLot": read[DestroyLot], "SendToReverseDistributor": read[SendToReverseDistributor],
	"IssueDose": read[IssueDose], "AdministerDose": read[AdministerDose], "RecordWaste": read[RecordWaste],
	"OpenCount": read[OpenCount], "EnterCount": read[EnterCount], "CloseCount": read[CloseCount], "AdjustStock": read[AdjustStock],
	"DiscoverLoss": read[DiscoverLoss], "ReportLoss": read[ReportLoss],
	"TakeInventory": read[TakeInventory], "SignShift": read[SignShift], "RequestErasure": read[RequestErasure],
}

// CommandNames returns the names that [DecodeCommand] takes, sorted.
func CommandNames() []string { return slices.Sorted(maps.Keys(commands)) }

// DecodeCommand returns the command of that name, as a struct value, with the
// fields given as a JSON object. A field that the command does not have is an
// error. The command's own rules are checked when it is executed.
func DecodeCommand(name string, data []byte) (any, error) {
	decode, known := commands[name]
	if !known {
		return nil, fmt.Errorf("unknown command %q, known are: %s", name, strings.Join(CommandNames(), ", "))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	command, err := decode(d)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("more than one JSON value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("command %s: %w", name, err)
	}
	return command, nil
}

func read[C any](d *json.Decoder) (any, error) {
	var command C
	if err := d.Decode(&command); err != nil {
		return nil, err
	}
	return command, nil
}
