"""Words so common that they are no name, also where one was asked for."""

from typing import Final

from voiceagent.compliance.redaction.tokens import words

EVERYDAY: Final = words(
    "a able about account actually after afternoon again ago all already also always am an and another any"
    " anybody anyone anything are around as ask asked asking at away back bad be because been before being better"
    " big black blue book booked both box bring broken brought but buy by call called caller calling calls came"
    " can cancel can't cannot card care change changed charge charged check cheers code colour come coming cost"
    " could couldn't customer day days deal dear deliver delivered delivery did didn't different do does doesn't"
    " doing don't done door down driver each early either else email end enough even evening ever every everything"
    " exactly excuse fact family far fast feel few find fine first follow for forget form found free friday from"
    " front full further gave get getting give given go goes going gone good goodbye got great had half hand"
    " happen happened hard has hasn't have haven't having he hear heard hello help her here hers hey hi high him"
    " his hold home hope hour hours house how however i i'd i'll i'm i've idea if important in inside instead into"
    " is isn't issue it it's item items its just keep kind know last late later least leave left less let letter"
    " like line list little live lives long look looking lost lot love made mail make making many matter may maybe"
    " me mean might mind mine minute minutes moment monday money month months more morning most move moved much"
    " must my myself name name's names near need needs never new next nice night no nobody none nope not nothing"
    " now number numbers of off offer office often oh okay ok old on once one only open or order ordered orders"
    " other our out outside over own package paid parcel parcels part pay people perfect perhaps person phone"
    " place please point possible press price probably problem put question quick quite rather reach read ready"
    " real really reason receive received refund remember repeat reschedule return right robot room said same"
    " saturday saw say saying second see seem seen send sent set shall she ship shipped shop should show side"
    " since so some somebody someone something soon sorry sort speak speaking spell spelled spelling spelt start"
    " started still stop such sunday support sure surname take taken talk talking tell than thank thanks that"
    " that's the their them then there there's these they thing things think this those though thought through"
    " thursday till time times to today together told tomorrow tonight too took track tried true try trying"
    " tuesday turn two type under understand until up upon us use used usual very voice wait waiting want wanted"
    " wants was wasn't way we we're we've wednesday week weeks well went were what what's when where where's which"
    " while who whole why wife will wish with without won't word work working world would wouldn't write wrong"
    " yeah year years yep yes yesterday yet you you're your yours yourself under never water never color an on are"
    " arrive arrived arriving does husband son daughter mother father lady gentleman sir madam"
)
